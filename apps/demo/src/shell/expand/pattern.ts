/*
 * Patterns of one name, as bash(1) has them under Pattern Matching, in the C locale and without extended ones: `*`, `?`,
 * `[…]`, and a backslash in front of what stands for itself. Names and patterns are byte strings.
 */

/** Whether there is anything in a pattern that can match other than itself. */
export function isPattern(pattern: string): boolean {
  return /[*?]|\[[^]*\]/.test(pattern.replace(/\\[^]/g, '\\'))
}

/** The text that a pattern without anything special in it matches. */
export function literalOf(pattern: string): string {
  return pattern.replace(/\\([^])/g, '$1')
}

/** Makes a test for names of a pattern. A name that begins with a dot needs one in the pattern. */
export function matcherOf(pattern: string): (name: string) => boolean {
  const expression = new RegExp(`^${expressionOf(pattern)}$`, 's')
  const showsHidden = /^\\?\./.test(pattern)
  return (name) => (showsHidden || !name.startsWith('.')) && expression.test(name)
}

function expressionOf(pattern: string): string {
  let expression = ''
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at]!
    const bracket = character === '[' ? bracketAt(pattern, at) : undefined
    if (bracket !== undefined) {
      expression += bracket.expression
      at = bracket.end
      continue
    }
    if (character === '*') expression += '.*'
    else if (character === '?') expression += '.'
    else if (character === '\\' && at + 1 < pattern.length) expression += literally(pattern[++at]!)
    else expression += literally(character)
    at++
  }
  return expression
}

/** A `[…]`, and where it ends; undefined where the `[` is none of one and stands for itself. */
function bracketAt(pattern: string, start: number): { expression: string; end: number } | undefined {
  let at = start + 1
  const negated = pattern[at] === '!' || pattern[at] === '^'
  if (negated) at++
  const members: string[] = []
  for (let isFirst = true; ; isFirst = false) {
    if (at >= pattern.length) return undefined
    if (pattern[at] === ']' && !isFirst) break
    const name = /^\[:([a-z]+):\]/.exec(pattern.slice(at))
    if (name !== null) {
      members.push(CLASSES[name[1]!] ?? '')
      at += name[0].length
      continue
    }
    const low = memberAt(pattern, at)
    if (low === undefined) return undefined
    at = low.end
    if (pattern[at] !== '-' || at + 1 >= pattern.length || pattern[at + 1] === ']') {
      members.push(hex(low.character))
      continue
    }
    const high = memberAt(pattern, at + 1)
    if (high === undefined) return undefined
    at = high.end
    if (low.character <= high.character) members.push(`${hex(low.character)}-${hex(high.character)}`)
  }
  return { expression: setOf(members.join(''), negated), end: at + 1 }
}

/** One character of a bracket: itself, behind a backslash, or as `[.x.]` or `[=x=]`. */
function memberAt(pattern: string, at: number): { character: string; end: number } | undefined {
  const collating = /^\[([.=])([^])\1\]/.exec(pattern.slice(at))
  if (collating !== null) return { character: collating[2]!, end: at + collating[0].length }
  const start = pattern[at] === '\\' ? at + 1 : at
  return start < pattern.length ? { character: pattern[start]!, end: start + 1 } : undefined
}

function setOf(members: string, negated: boolean): string {
  if (members === '') return negated ? '.' : '(?!)'
  return `[${negated ? '^' : ''}${members}]`
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

function literally(character: string): string {
  return /[\w/]/.test(character) ? character : hex(character)
}

function hex(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
