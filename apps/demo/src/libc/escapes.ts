/*
 * The escapes of C, as `echo -e`, `printf` and `$'…'` have them. All strings are byte strings.
 */

/** What the letter behind a backslash stands for. */
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
}

/** The rules of the place where escapes are. */
export interface EscapeRules {
  /** Whether octal digits need a 0 in front, may have one, or have none. */
  readonly zero: 'needed' | 'allowed' | 'none'
  /** The further characters that stand for themselves behind a backslash. */
  readonly quotes?: string
  /** What `\c` does: ends the text, or makes a control character of the next one. It is no escape if omitted. */
  readonly c?: 'ends' | 'control'
}

/** Expands escapes; what is none stays as it is written. `ended` says whether `\c` has ended the text. */
export function expandEscapes(text: string, { zero, quotes = '', c }: EscapeRules): { text: string; ended: boolean } {
  const control = c === 'ends' ? '|c(?<rest>[^]*)' : c === 'control' ? '|c(?<control>\\\\\\\\|[^])' : ''
  const escapes = new RegExp(`\\\\(?:(?<octal>${OCTAL[zero]})|${CODES}${control}|(?<letter>[^]))`, 'g')
  let ended = false
  const expanded = text.replace(escapes, (escape: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>
    const unicode = groups['short'] ?? groups['long']
    if (groups['octal'] !== undefined) return byte(parseInt(groups['octal'], 8))
    if (groups['hex'] !== undefined) return byte(parseInt(groups['hex'], 16))
    if (unicode !== undefined) return character(parseInt(unicode, 16))
    if (groups['control'] !== undefined) {
      return groups['control'] === '?' ? '\x7f' : byte(groups['control'].charCodeAt(0) & 0x1f)
    }
    const { letter } = groups
    if (letter === undefined) ended = true
    return letter === undefined ? '' : quotes.includes(letter) ? letter : (LETTERS[letter] ?? escape)
  })
  return { text: expanded, ended }
}

const OCTAL = { needed: '0[0-7]{0,3}', allowed: '0[0-7]{0,3}|[1-7][0-7]{0,2}', none: '[0-7]{1,3}' }
const CODES = 'x(?<hex>[\\da-fA-F]{1,2})|u(?<short>[\\da-fA-F]{1,4})|U(?<long>[\\da-fA-F]{1,8})'

/** The escape of a byte: a letter, or octal digits. */
export function escapeOf(code: string): string {
  const letter = Object.keys(LETTERS).find((it) => LETTERS[it] === code && it !== 'e')
  return `\\${letter ?? code.charCodeAt(0).toString(8).padStart(3, '0')}`
}

function byte(value: number): string {
  return String.fromCharCode(value & 0xff)
}

/** The C locale has no characters but those of ASCII: others are written as bash writes them there. */
function character(code: number): string {
  if (code <= 0x7f) return String.fromCharCode(code)
  const digits = code.toString(16).toUpperCase()
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
