import { bracketAt, literal } from '../../libc/bracket.js'

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
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!
    const bracket = character === '[' ? bracketAt(pattern, at + 1, { escapes: true }) : undefined
    if (bracket !== undefined) {
      expression += bracket.expression
      at = bracket.end - 1
    } else if (character === '*') expression += '.*'
    else if (character === '?') expression += '.'
    else if (character === '\\' && at + 1 < pattern.length) expression += literal(pattern[++at]!)
    else expression += literal(character)
  }
  return expression
}
