import { Automaton } from './automaton.js'
import { Backtracker } from './backtracker.js'
import { neighbour, visit, WORD, type ByteSet, type Node } from './node.js'
import { choice, sequence } from './parse.js'
import { compile, firstBytes } from './program.js'

export interface MatcherOptions {
  /** Of what a back-reference refers to; patterns have both cases in their sets already. */
  readonly ignoreCase?: boolean
  /** That a match has to be a whole line, or a whole word. */
  readonly whole?: 'line' | 'word' | undefined
}

export interface Match {
  readonly start: number
  readonly end: number
}

/**
 * Matches lines, byte strings without their ends, against any of some expressions. A match is the leftmost, and of
 * those the longest.
 */
export class LineMatcher {
  readonly #whole: MatcherOptions['whole']
  readonly #literal: string | undefined
  readonly #search: Automaton | undefined
  readonly #anchored: Automaton | undefined
  readonly #first: ByteSet | undefined
  readonly #backtrackers: readonly Backtracker[]

  /** @throws RegexError for what is too large */
  constructor(patterns: readonly Node[], { ignoreCase = false, whole }: MatcherOptions = {}) {
    const nodes = whole === 'line' ? patterns.map(wholeLine) : patterns
    const simple = nodes.filter((node) => !hasBackReference(node))
    this.#whole = whole
    this.#backtrackers = nodes.filter(hasBackReference).map((node) => new Backtracker(node, ignoreCase))
    if (simple.length > 0) {
      const program = compile(choice(simple))
      this.#search = new Automaton(whole === 'word' ? compile(choice(simple.map(asWord))) : program, true)
      this.#anchored = new Automaton(program, false)
      this.#first = firstBytes(program)
    }
    // Most lines have none of it, and that is seen faster.
    this.#literal = nodes.length === 1 ? literalOf(nodes[0]!) : undefined
  }

  /** Whether a line has a match. Of a word, an empty one counts wherever no word is beside it. */
  has(line: string): boolean {
    if (this.#literal !== undefined && !line.includes(this.#literal)) return false
    if (this.#literal !== undefined && this.#whole === undefined) return true
    if (this.#search?.matches(line) === true) return true
    if (this.#whole === 'word') return this.#backtrackers.length > 0 && this.next(line, 0) !== undefined
    return this.#backtrackers.some((backtracker) => matchesSomewhere(backtracker, line))
  }

  /** The first match that begins at `from` or behind it. */
  next(line: string, from: number): Match | undefined {
    const [first, backtracks] = [this.#first, this.#backtrackers.length > 0]
    for (let start = from; start <= line.length; start++) {
      if (first !== undefined && !backtracks && first[line.charCodeAt(start)] !== 1) continue
      const end = this.#best(this.#ends(line, start), line, start)
      if (end !== undefined) return { start, end }
    }
    return undefined
  }

  /** Where matches from there end, the shortest first. */
  #ends(line: string, start: number): number[] {
    const ends = this.#anchored?.ends(line, start) ?? []
    if (this.#backtrackers.length === 0) return ends
    const all = this.#backtrackers.flatMap((backtracker) => backtracker.ends(line, start))
    return [...ends, ...all].sort((a, b) => a - b)
  }

  /** The longest; for words the longest that ends where a word does, and an empty one only if there is no other. */
  #best(ends: number[], line: string, start: number): number | undefined {
    const longest = ends.pop()
    if (longest === undefined || this.#whole !== 'word') return longest
    if (neighbour(line, start - 1) === WORD) return undefined
    for (let end: number | undefined = longest; end !== undefined; end = ends.pop()) {
      if (neighbour(line, end) !== WORD && (end > start || end === longest)) return end
    }
    return undefined
  }
}

function matchesSomewhere(backtracker: Backtracker, line: string): boolean {
  for (let start = 0; start <= line.length; start++) if (backtracker.matches(line, start)) return true
  return false
}

function wholeLine(node: Node): Node {
  return sequence([{ kind: 'assert', what: 'lineStart' }, node, { kind: 'assert', what: 'lineEnd' }])
}

function asWord(node: Node): Node {
  return sequence([{ kind: 'assert', what: 'noWordBefore' }, node, { kind: 'assert', what: 'noWordAfter' }])
}

function hasBackReference(node: Node): boolean {
  let found = false
  visit(node, ({ kind }) => (found ||= kind === 'back'))
  return found
}

/** The text that an expression stands for, if it stands for one alone. */
function literalOf(node: Node): string | undefined {
  const nodes = node.kind === 'sequence' ? node.nodes : [node]
  let text = ''
  for (const part of nodes) {
    if (part.kind !== 'set') return undefined
    const code = part.set.indexOf(1)
    if (code < 0 || part.set.includes(1, code + 1)) return undefined
    text += String.fromCharCode(code)
  }
  return text === '' ? undefined : text
}
