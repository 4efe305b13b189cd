/** A bracket expression, `[a-z]`, as it stands in a RegExp, and where it ends. */
export interface Bracket {
  readonly expression: string
  readonly end: number
  /** What is wrong with it, in the words of regcomp(3); it leaves that out then. */
  readonly wrong: string | undefined
}

/** How bracket expressions are written. */
export interface BracketRules {
  /** Whether a backslash stands in front of what is itself, as in patterns for names of files. */
  readonly escapes?: boolean
  readonly ignoreCase?: boolean
}

/**
 * Reads a bracket expression from behind its `[` on (regex(7), glob(7)), in the C locale: bytes stand in the order of
 * their numbers. Undefined where it has no end.
 */
export function bracketAt(
  pattern: string,
  start: number,
  { escapes = false, ignoreCase = false }: BracketRules = {},
): Bracket | undefined {
  const negated = pattern[start] === '^' || (escapes && pattern[start] === '!')
  let at = negated ? start + 1 : start
  let members = ''
  let wrong: string | undefined
  for (const first = at; at === first || pattern[at] !== ']';) {
    const low = memberAt(pattern, at, escapes)
    if (low === undefined) return undefined
    at = low.end
    const isRange = pattern[at] === '-' && at + 1 < pattern.length && pattern[at + 1] !== ']'
    const high = isRange ? memberAt(pattern, at + 1, escapes) : low
    if (high === undefined) return undefined
    at = high.end
    if (low.wrong !== undefined) wrong = low.wrong
    else if (!isRange) members += low.members
    else if (low.byte === undefined || high.byte === undefined || low.byte > high.byte) wrong = 'Invalid range end'
    else members += `${literal(low.byte)}-${literal(high.byte)}`
  }
  const both = ignoreCase ? withBothCases(members) : members
  // Nothing is in an empty set, and everything in one that is negated.
  const expression = both === '' ? (negated ? '[^]' : '[^\\x00-\\xff]') : `[${negated ? '^' : ''}${both}]`
  return { expression: expression === '[^]' ? '[\\x00-\\xff]' : expression, end: at + 1, wrong }
}

/** A byte as it stands in a RegExp for itself. */
export function literal(byte: string): string {
  return /\w/.test(byte) ? byte : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** What stands in a bracket: a byte, or one of `[:alpha:]`, `[=a=]`, `[.a.]`. */
interface Member {
  readonly members: string
  /** The byte, if it is one that a range may begin or end with. */
  readonly byte: string | undefined
  readonly end: number
  readonly wrong?: string
}

function memberAt(pattern: string, at: number, escapes: boolean): Member | undefined {
  const [all, sign, name = ''] = /^\[([:.=])([^]*?)\1\]/.exec(pattern.slice(at)) ?? []
  if (all === undefined || sign === undefined) {
    const behind = escapes && pattern[at] === '\\' ? at + 1 : at
    const byte = pattern[behind]
    if (byte === undefined || (!escapes && /^\[[:.=]/.test(pattern.slice(at)))) return undefined
    return { members: literal(byte), byte, end: behind + 1 }
  }
  const end = at + all.length
  if (sign === ':') {
    const members = Object.hasOwn(CLASSES, name) ? CLASSES[name]! : ''
    return { members, byte: undefined, end, ...(members === '' && { wrong: 'Invalid character class name' }) }
  }
  if (name.length !== 1) return { members: '', byte: undefined, end, wrong: 'Invalid collation character' }
  return { members: literal(name), byte: sign === '.' ? name : undefined, end }
}

/** Members, and the other case of each letter among them. */
function withBothCases(members: string): string {
  const set = new RegExp(`[${members}]`)
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz').filter((it) => set.test(it) || set.test(it.toUpperCase()))
  return members + letters.join('') + letters.join('').toUpperCase()
}

/** The classes of the C locale (isalpha(3)). */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t-\\r',
  upper: 'A-Z',
  word: 'A-Za-z0-9_',
  xdigit: 'A-Fa-f0-9',
}
