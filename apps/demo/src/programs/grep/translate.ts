import { bracketAt, literal } from '../../libc/bracket.js'

/** An invalid pattern, in the words of regcomp(3). */
export class RegexError extends Error {}

/** A pattern that means its own bytes. */
export function translateFixed(text: string, ignoreCase: boolean): string {
  return Array.from(text, (byte) => letter(byte, ignoreCase)).join('')
}

/**
 * Translates a basic or extended regular expression of POSIX, with GNU's additions but without back-references (regex(7)),
 * to the syntax of RE2.
 *
 * @throws RegexError
 */
export function translate(pattern: string, syntax: 'basic' | 'extended', ignoreCase: boolean): string {
  return new Translator(pattern, syntax === 'extended', ignoreCase).translate()
}

class Translator {
  readonly #pattern: string
  readonly #extended: boolean
  readonly #ignoreCase: boolean
  #at = 0

  constructor(pattern: string, extended: boolean, ignoreCase: boolean) {
    this.#pattern = pattern
    this.#extended = extended
    this.#ignoreCase = ignoreCase
  }

  translate(): string {
    const source = this.#choice(0)
    if (this.#at < this.#pattern.length) throw new RegexError('Unmatched ) or \\)')
    return source
  }

  #choice(depth: number): string {
    const branches: string[] = []
    do branches.push(this.#branch(depth))
    while (this.#take('|'))
    return branches.join('|')
  }

  #branch(depth: number): string {
    const atoms: string[] = []
    // There is nothing to repeat yet: in basic syntax `*` means itself then.
    let isStart = true
    while (this.#at < this.#pattern.length && !this.#sees('|') && !this.#isEnd(depth)) {
      const repetition = isStart && !this.#extended ? undefined : this.#repetition()
      if (repetition !== undefined) {
        atoms.push(`(?:(?:${atoms.pop() ?? ''})${repetition})`)
        continue
      }
      const anchor = this.#anchor(atoms.length === 0)
      if (anchor === undefined) isStart = false
      atoms.push(anchor ?? this.#atom(depth))
    }
    return atoms.join('')
  }

  /** Whether a `)` ends a group here. Without a group it is text in extended syntax, and an error in basic. */
  #isEnd(depth: number): boolean {
    return this.#sees(')') && (depth > 0 || !this.#extended)
  }

  #repetition(): string | undefined {
    if (this.#pattern[this.#at] === '*') {
      this.#at++
      return '*'
    }
    for (const sign of ['+', '?']) if (this.#take(sign)) return sign
    return this.#sees('{') ? this.#interval() : undefined
  }

  /** `{2}`, `{2,}`, `{,3}`, `{2,3}`; in extended syntax an invalid interval is text. */
  #interval(): string | undefined {
    const rest = this.#pattern.slice(this.#at)
    const [all, from = '', comma = '', to = ''] =
      (this.#extended ? /^\{(\d*)(,?)(\d*)\}/ : /^\\\{(\d*)(,?)(\d*)\\\}/).exec(rest) ?? []
    if (all === undefined || from + comma === '') {
      if (this.#extended) return undefined
      throw new RegexError('Invalid content of \\{\\}')
    }
    if (to !== '' && Number(to) < Number(from)) throw new RegexError('Invalid content of \\{\\}')
    this.#at += all.length
    return `{${from === '' ? '0' : from}${comma}${to}}`
  }

  /** `^` and `$` where they are anchors: everywhere in extended syntax, in basic at the ends of what they are in. */
  #anchor(isFirst: boolean): string | undefined {
    const sign = this.#pattern[this.#at]
    const isAnchor = sign === '^' ? isFirst : sign === '$' && /^(?:$|\\[)|])/.test(this.#pattern.slice(this.#at + 1))
    if (!isAnchor && !(this.#extended && (sign === '^' || sign === '$'))) return undefined
    this.#at++
    return sign
  }

  #atom(depth: number): string {
    if (this.#take('(')) {
      const group = this.#choice(depth + 1)
      if (!this.#take(')')) throw new RegexError('Unmatched ( or \\(')
      return `(?:${group})`
    }
    const byte = this.#pattern[this.#at++]!
    if (byte === '.') return '.'
    if (byte === '\\') return this.#escaped()
    if (byte !== '[') return letter(byte, this.#ignoreCase)
    const bracket = bracketAt(this.#pattern, this.#at, { ignoreCase: this.#ignoreCase })
    if (bracket === undefined) throw new RegexError('Unmatched [, [^, [:, [., or [=')
    if (bracket.wrong !== undefined) throw new RegexError(bracket.wrong)
    this.#at = bracket.end
    return bracket.expression
  }

  #escaped(): string {
    const byte = this.#pattern[this.#at++]
    if (byte === undefined) throw new RegexError('Trailing backslash')
    if (Object.hasOwn(ESCAPES, byte)) return ESCAPES[byte]!
    // No automaton can do it, and to try all ways may take longer than anyone waits.
    if (/[1-9]/.test(byte)) throw new RegexError('back-references are not supported')
    return letter(byte, this.#ignoreCase)
  }

  /** Whether an operator comes here, in its syntax's spelling. */
  #sees(sign: string): boolean {
    return this.#pattern.startsWith(this.#extended ? sign : `\\${sign}`, this.#at)
  }

  #take(sign: string): boolean {
    if (!this.#sees(sign)) return false
    this.#at += this.#extended ? 1 : 2
    return true
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  w: '\\w',
  W: '\\W',
  s: '[\\t-\\r ]',
  S: '[^\\t-\\r ]',
  b: '\\b',
  B: '\\B',
  '<': '(?:(?<!\\w)\\b)',
  '>': '(?:(?<=\\w)\\b)',
  '`': '^',
  "'": '$',
}

function letter(byte: string, ignoreCase: boolean): string {
  return ignoreCase && /[A-Za-z]/.test(byte) ? `[${byte.toLowerCase()}${byte.toUpperCase()}]` : literal(byte)
}
