import { bothCases, setOf, type ByteSet } from './node.js'
import { RegexError } from './regex-error.js'

/** A bracket expression: its set, and where it ends. */
export interface Bracket {
  readonly set: ByteSet
  readonly end: number
}

/**
 * Reads a bracket expression, `[^a-z[:digit:]]`, from behind its `[`. A backslash is itself in it. Bytes stand in their
 * numbers' order, and a newline is in no set that is told by what is not in it.
 *
 * @throws RegexError
 */
export function parseBracket(pattern: string, start: number, ignoreCase: boolean): Bracket {
  const named = new Uint8Array(256)
  let at = start
  const negated = pattern[at] === '^'
  if (negated) at++
  if (at >= pattern.length) throw new RegexError('Invalid regular expression')
  const first = at
  let plain = true
  while (at === first || pattern[at] !== ']') {
    // A hyphen is itself where it comes first or last, and as the end of a range.
    if (pattern[at] === '-' && at > first && pattern[at + 1] !== ']') {
      throw new RegexError(at + 1 < pattern.length ? 'Invalid range end' : UNMATCHED)
    }
    const from = element(pattern, at)
    at = from.end
    const isRange = pattern[at] === '-' && pattern[at + 1] !== ']' && at + 1 < pattern.length
    if (isRange || from.isClass) plain = false
    if (!isRange) {
      for (const code of from.codes) named[code] = 1
      continue
    }
    const to = element(pattern, at + 1)
    at = to.end
    const [low, high] = [from.codes[0], to.codes[0]]
    if (from.isClass || to.isClass || low === undefined || high === undefined || low > high)
      throw new RegexError('Invalid range end')
    named.fill(1, low, high + 1)
  }
  const set = ignoreCase ? bothCases(named) : named
  const text = pattern.slice(first, at)
  if (plain && !negated && /^:[^]*[^:][^]*:$/.test(text))
    throw new RegexError('character class syntax is [[:space:]], not [:space:]')
  return { set: negated ? set.map((has, code) => (code === NEWLINE ? 0 : 1 - has)) : set, end: at + 1 }
}

const UNMATCHED = 'Unmatched [, [^, [:, [., or [='
const NEWLINE = 10

interface Element {
  readonly codes: readonly number[]
  readonly isClass: boolean
  readonly end: number
}

/** A byte, or one of `[:alpha:]`, `[=a=]`, `[.a.]`. */
function element(pattern: string, at: number): Element {
  if (at >= pattern.length) throw new RegexError(UNMATCHED)
  const sign = pattern[at] === '[' ? (pattern[at + 1] ?? '') : ''
  if (sign === '' || !':=.'.includes(sign)) return { codes: [pattern.charCodeAt(at)], isClass: false, end: at + 1 }
  const end = pattern.indexOf(`${sign}]`, at + 2)
  if (end < 0) throw new RegexError(UNMATCHED)
  const name = pattern.slice(at + 2, end)
  if (sign !== ':' && name.length !== 1) throw new RegexError('Invalid collation character')
  if (sign !== ':') return { codes: [name.charCodeAt(0)], isClass: sign === '=', end: end + 2 }
  if (!Object.hasOwn(CLASSES, name)) throw new RegexError('Invalid character class name')
  const set = setOf((byte) => CLASSES[name]!.test(byte))
  return { codes: [...set].flatMap((has, code) => (has === 1 ? [code] : [])), isClass: true, end: end + 2 }
}

/* eslint-disable no-control-regex -- control characters are meant */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[\x21-\x7e]/,
  lower: /[a-z]/,
  print: /[\x20-\x7e]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}
