import { character } from '../../programs/echo.js'

/** The bytes of the text within `$'…'`, whose escapes are those of C (bash(1), QUOTING). */
export function decodeAnsiC(text: string): string {
  const decoded = text.replace(ESCAPE, (escape, ...groups: unknown[]) => {
    const [octal, hex, short, long, control, letter] = groups as (string | undefined)[]
    if (octal !== undefined) return byte(parseInt(octal, 8))
    if (hex !== undefined) return byte(parseInt(hex, 16))
    if (short !== undefined || long !== undefined) return character(parseInt((short ?? long)!, 16))
    if (control !== undefined) return control === '?' ? '\x7f' : byte(control.charCodeAt(0) & 0x1f)
    return letter === undefined ? escape : (LETTERS[letter] ?? escape)
  })
  // A NUL ends it, as it ends a string of C.
  const end = decoded.indexOf('\0')
  return end < 0 ? decoded : decoded.slice(0, end)
}

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(\\\\|[^])|([^]))/g

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
}

function byte(value: number): string {
  return String.fromCharCode(value & 0xff)
}
