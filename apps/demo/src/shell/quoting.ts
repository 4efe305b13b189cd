import { escapeOf } from '../libc/escapes.js'

/** A text as the shell would read it again, in double quotes, or in `$'…'` where it has characters that cannot be shown. */
export function inQuotes(text: string): string {
  return UNPRINTABLE.test(text) ? inAnsiC(text) : `"${text.replace(/["$`\\]/g, '\\$&')}"`
}

/** A name as messages show it: as it is, unless it has characters that cannot be shown. */
export function printable(name: string): string {
  return UNPRINTABLE.test(name) ? inAnsiC(name) : name
}

const UNPRINTABLE = /[^\x20-\x7e]/

function inAnsiC(text: string): string {
  return `$'${text.replace(/[^\x20-\x7e]|['\\]/g, (byte) => (byte === "'" ? "\\'" : escapeOf(byte)))}'`
}

/** A text as one word of the shell, with backslashes, or in `$'…'` where it has characters that cannot be shown (`printf %q`). */
export function quotedForShell(text: string): string {
  if (text === '') return "''"
  return UNPRINTABLE.test(text) ? inAnsiC(text) : text.replace(/[ '"\\|&;()<>!{}*[\]?^$`,]|^#|(?<=^|[:=])~/g, '\\$&')
}
