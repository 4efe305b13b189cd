import { escapeOf } from '../libc/escapes.js'

/*
 * How GNU's tools show names and arguments in messages (quotearg(3) of gnulib). All of it is of the C locale.
 */

/** A file's name: in quotes only where a shell would need them. */
export function quoted(name: string): string {
  return name !== '' && !NEEDS_QUOTES.test(name) ? name : quotedAlways(name)
}

/** A file's name in quotes, as a shell reads it. */
export function quotedAlways(name: string): string {
  // Double quotes look better, where nothing in them means something else.
  if (!UNPRINTABLE.test(name) && name.includes("'") && !/["\\$`!]/.test(name)) return `"${name}"`
  // What cannot be printed is in quotes of another kind, in every second place.
  const parts = name.split(UNPRINTABLE_RUNS)
  return parts.map((part, i) => (i % 2 === 1 ? `$'${escaped(part)}'` : part === '' && i > 0 ? '' : singleQuoted(part))).join('')
}

/** An argument in quotes, with escapes as in C. */
export function quotedArgument(argument: string): string {
  return `'${escaped(argument.replaceAll('\\', '\\\\').replaceAll("'", "\\'"))}'`
}

const NEEDS_QUOTES = /[^\w%+,\-./:=@^\]{}~#]|^[#~]|^[{}]$/
const UNPRINTABLE = /[^\x20-\x7e]/
const UNPRINTABLE_RUNS = /([^\x20-\x7e]+)/

function singleQuoted(part: string): string {
  return `'${part.replaceAll("'", "'\\''")}'`
}

function escaped(string: string): string {
  // gnulib has no letter for ESC.
  return string.replace(/[^\x20-\x7e]/g, (byte) => (byte === '\x1b' ? '\\033' : escapeOf(byte)))
}
