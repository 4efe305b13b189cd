import { RE2JS } from 're2js'
import { RegexError } from './translate.js'

/** What a match has to be besides, if anything. */
export type Whole = 'line' | 'word' | undefined

export interface Match {
  readonly start: number
  readonly end: number
}

/**
 * Matches lines, byte strings without their ends, against any of some patterns, in time linear in the line. A match is
 * the leftmost, and of those the longest.
 */
export class LineMatcher {
  readonly #expression: RE2JS

  /** @throws RegexError for a pattern that is too large */
  constructor(patterns: readonly string[], whole: Whole) {
    const any = patterns.length === 0 ? NOTHING : patterns.map((pattern) => `(?:${pattern})`).join('|')
    const source = within(any, whole)
    try {
      this.#expression = RE2JS.compile(source, RE2JS.DOTALL | RE2JS.LONGEST_MATCH | RE2JS.LOOKBEHINDS)
    } catch {
      // The translation is valid: RE2 refuses only what repeats or nests too much.
      throw new RegexError('Regular expression too big')
    }
  }

  has(line: string): boolean {
    return this.#expression.test(line)
  }

  /** The first match that begins at `from` or behind it. */
  next(line: string, from: number): Match | undefined {
    const matcher = this.#expression.matcher(line)
    return matcher.find(from) ? { start: matcher.start(), end: matcher.end() } : undefined
  }
}

/** Matches no byte. */
const NOTHING = '[^\\x00-\\xff]'

function within(source: string, whole: Whole): string {
  if (whole === 'line') return `^(?:${source})$`
  // Behind a word there is an edge, and behind anything else none.
  return whole === 'word' ? `(?<!\\w)(?:${source})(?:(?<=\\w)\\b|(?<!\\w)\\B)` : source
}
