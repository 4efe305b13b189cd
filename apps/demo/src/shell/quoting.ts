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
  return `$'${text.replace(/[^\x20-\x7e]|['\\]/g, escapeOf)}'`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\x1b': '\\E',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  "'": "\\'",
  '\\': '\\\\',
}

function escapeOf(byte: string): string {
  return ESCAPES[byte] ?? `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`
}

/** A text as one word of the shell, with backslashes, or in `$'…'` where it has characters that cannot be shown (`printf %q`). */
export function quotedForShell(text: string): string {
  if (text === '') return "''"
  return UNPRINTABLE.test(text) ? inAnsiC(text) : text.replace(/[ '"\\|&;()<>!{}*[\]?^$`,]|^#|(?<=^|[:=])~/g, '\\$&')
}
