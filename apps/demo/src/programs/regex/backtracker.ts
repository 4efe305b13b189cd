import { holds, neighbour, type ByteSet, type Node } from './node.js'
import { RegexError } from './regex-error.js'

/** Goes on matching at an index: whether what was wanted has been found, and nothing more need be tried. */
type Matcher = (at: number) => boolean

/** So many bytes are looked at for one match, then it is given up: there can be more ways than time to try them. */
const MOST_STEPS = 20_000_000

/**
 * Runs an expression with back-references, by trying every way there is. A group keeps what it matched last; a
 * reference to one that has matched nothing fails.
 *
 * What takes too long throws a RegexError, what needs too deep a stack a RangeError.
 */
export class Backtracker {
  readonly #ignoreCase: boolean
  readonly #match: Matcher
  readonly #opened: number[] = []
  readonly #groups: (readonly [number, number] | undefined)[] = []
  #line = ''
  #steps = 0
  /** What is done at the end of a match. */
  #found: Matcher = () => true

  constructor(node: Node, ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase
    this.#match = this.#build(node, (at) => this.#found(at))
  }

  /** Where matches that begin at `from` end, the shortest first; no more once one is found that ends with the line. */
  ends(line: string, from: number): number[] {
    const ends = new Set<number>()
    this.#run(line, from, (at) => {
      ends.add(at)
      return at === line.length
    })
    return [...ends].sort((a, b) => a - b)
  }

  /** Whether there is a match that begins at `from`. */
  matches(line: string, from: number): boolean {
    return this.#run(line, from, () => true)
  }

  #run(line: string, from: number, found: Matcher): boolean {
    this.#line = line
    this.#found = found
    this.#groups.length = 0
    this.#steps = 0
    return this.#match(from)
  }

  /** Whether the byte there is in a set. */
  #has(set: ByteSet, at: number): boolean {
    if (++this.#steps > MOST_STEPS) throw new RegexError('memory exhausted')
    return at < this.#line.length && set[this.#line.charCodeAt(at)] === 1
  }

  #build(node: Node, next: Matcher): Matcher {
    switch (node.kind) {
      case 'empty':
        return next
      case 'set':
        return (at) => this.#has(node.set, at) && next(at + 1)
      case 'assert':
        return (at) => holds(node.what, neighbour(this.#line, at - 1), neighbour(this.#line, at)) && next(at)
      case 'sequence':
        return node.nodes.reduceRight((after, part) => this.#build(part, after), next)
      case 'choice': {
        const branches = node.nodes.map((branch) => this.#build(branch, next))
        return (at) => branches.some((branch) => branch(at))
      }
      case 'group':
        return this.#group(node.node, node.number, next)
      case 'back':
        return (at) => {
          const group = this.#groups[node.number]
          if (group === undefined) return false
          const text = this.#line.slice(...group)
          const here = this.#line.slice(at, at + text.length)
          return (this.#ignoreCase ? lower(text) === lower(here) : text === here) && next(at + text.length)
        }
      case 'repeat':
        return node.node.kind === 'set'
          ? this.#repeatSet(node.node.set, node.min, node.max, next)
          : this.#repeat(node.node, node.min, node.max, next)
    }
  }

  #group(node: Node, number: number, next: Matcher): Matcher {
    const inside = this.#build(node, (at) => {
      const before = this.#groups[number]
      this.#groups[number] = [this.#opened[number]!, at]
      if (next(at)) return true
      this.#groups[number] = before
      return false
    })
    return (at) => {
      const before = this.#opened[number]!
      this.#opened[number] = at
      if (inside(at)) return true
      this.#opened[number] = before
      return false
    }
  }

  /** A loop, so that long runs need no deep stack. */
  #repeatSet(set: ByteSet, min: number, max: number, next: Matcher): Matcher {
    return (at) => {
      let count = 0
      while (count < max && this.#has(set, at + count)) count++
      for (; count >= min; count--) if (next(at + count)) return true
      return false
    }
  }

  #repeat(node: Node, min: number, max: number, next: Matcher): Matcher {
    // Of the round under way: how many there were before it, and where it began.
    let [count, began] = [0, -1]
    const round = this.#build(node, (at) => {
      // A round without anything in it leads nowhere new.
      if (at === began && count >= min) return false
      return enter(at, count + 1)
    })
    function enter(at: number, done: number): boolean {
      if (done < max) {
        const before = [count, began] as const
        ;[count, began] = [done, at]
        if (round(at)) return true
        ;[count, began] = before
      }
      return done >= min && next(at)
    }
    return (at) => enter(at, 0)
  }
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
