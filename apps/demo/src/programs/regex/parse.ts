import { parseBracket } from './bracket.js'
import { bothCases, setOf, WORDS, type Assertion, type Node } from './node.js'
import { RegexError } from './regex-error.js'

/** The syntax of patterns: basic and extended regular expressions, with GNU's additions (regex(7)). */
export type Syntax = 'basic' | 'extended'

export interface ParsedPattern {
  readonly node: Node
  /** What there is to say of it, though it is one. */
  readonly warnings: readonly string[]
}

/** Takes a pattern apart. @throws RegexError */
export function parsePattern(pattern: string, syntax: Syntax, ignoreCase = false): ParsedPattern {
  return new Parser(pattern, syntax === 'extended', ignoreCase).parse()
}

/** A pattern that means its own bytes. */
export function literal(text: string, ignoreCase = false): Node {
  return sequence(Array.from(text, (byte) => byteNode(byte, ignoreCase)))
}

export function sequence(nodes: readonly Node[]): Node {
  return nodes.length === 0 ? { kind: 'empty' } : nodes.length === 1 ? nodes[0]! : { kind: 'sequence', nodes }
}

export function choice(nodes: readonly Node[]): Node {
  return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes }
}

/** The most that an interval may say. */
const LARGEST_COUNT = 32_767

class Parser {
  readonly #pattern: string
  readonly #extended: boolean
  readonly #ignoreCase: boolean
  readonly #warnings: string[] = []
  #at = 0
  #groups = 0
  /** The groups that a back-reference here may name. */
  #closed: ReadonlySet<number> = new Set()
  /** Whether nothing but anchors came since the beginning, a `(` or a `|`: there is nothing to repeat. */
  #atStart = true

  constructor(pattern: string, extended: boolean, ignoreCase: boolean) {
    this.#pattern = pattern
    this.#extended = extended
    this.#ignoreCase = ignoreCase
  }

  parse(): ParsedPattern {
    const node = this.#choice(0)
    return { node, warnings: this.#warnings }
  }

  #choice(depth: number): Node {
    const branches: Node[] = []
    // A branch knows no groups of the others.
    const before = this.#closed
    let all = before
    do {
      this.#atStart = true
      this.#closed = before
      branches.push(this.#branch(depth))
      all = new Set([...all, ...this.#closed])
    } while (this.#take('|'))
    this.#closed = all
    return choice(branches)
  }

  #branch(depth: number): Node {
    const nodes: Node[] = []
    for (;;) {
      if (this.#at >= this.#pattern.length || this.#sees('|')) return sequence(nodes)
      if (this.#sees(')') && (depth > 0 || !this.#extended)) {
        if (depth === 0) throw new RegexError('Unmatched ) or \\)')
        return sequence(nodes)
      }
      const repeats = this.#repetition()
      if (repeats !== undefined) {
        const node = nodes.pop() ?? { kind: 'empty' }
        nodes.push({ kind: 'repeat', node, ...repeats })
        continue
      }
      nodes.push(this.#atom(depth, nodes.length === 0))
    }
  }

  /** An operator that repeats what is in front of it, if one comes here. */
  #repetition(): { min: number; max: number } | undefined {
    const [from, atStart] = [this.#at, this.#atStart]
    const found = this.#operator()
    if (found === undefined) return undefined
    if (atStart && !this.#extended) {
      // There is nothing to repeat, so it means itself.
      this.#at = from
      this.#atStart = true
      return undefined
    }
    if (atStart) this.#warnings.push(`${found.sign} at start of expression`)
    return { min: found.min, max: found.max }
  }

  #operator(): { sign: string; min: number; max: number } | undefined {
    if (this.#pattern[this.#at] === '*') {
      this.#at++
      return { sign: '*', min: 0, max: Infinity }
    }
    if (this.#take('+')) return { sign: '+', min: 1, max: Infinity }
    if (this.#take('?')) return { sign: '?', min: 0, max: 1 }
    return this.#sees('{') ? this.#interval() : undefined
  }

  /** `{2}`, `{2,}`, `{,3}`, `{2,3}`; in extended syntax what is no interval is text. */
  #interval(): { sign: string; min: number; max: number } | undefined {
    const rest = this.#pattern.slice(this.#at)
    const found = (this.#extended ? /^\{(\d*)(,?)(\d*)\}/ : /^\\\{(\d*)(,?)(\d*)\\\}/).exec(rest)
    const isInterval = found !== null && found[1]! + found[2]! !== ''
    if (!isInterval) {
      if (this.#atStart || (this.#extended && !rest.startsWith('{}'))) return undefined
      throw new RegexError(/^\\\{\d*,?\d*$/.test(rest) ? 'Unmatched \\{' : 'Invalid content of \\{\\}')
    }
    const [all, from = '', comma, to = ''] = found
    const min = Number(from)
    const max = comma === '' ? min : to === '' ? Infinity : Number(to)
    if (max < min) throw new RegexError('Invalid content of \\{\\}')
    if (min > LARGEST_COUNT || (max > LARGEST_COUNT && max !== Infinity))
      throw new RegexError('Regular expression too big')
    this.#at += all.length
    this.#atStart = false
    return { sign: '{...}', min, max }
  }

  #atom(depth: number, isFirst: boolean): Node {
    const anchor = this.#anchor(isFirst)
    if (anchor !== undefined) return { kind: 'assert', what: anchor }
    const wasStart = this.#atStart
    this.#atStart = false
    if (this.#take('(')) return this.#group(depth)
    const byte = this.#pattern[this.#at++]!
    if (byte === '.') return setNode((it) => it !== '\n')
    if (byte === '[') {
      const { set, end } = parseBracket(this.#pattern, this.#at, this.#ignoreCase)
      this.#at = end
      return { kind: 'set', set }
    }
    if (byte !== '\\') return byteNode(byte, this.#ignoreCase)
    return this.#escaped(wasStart)
  }

  #group(depth: number): Node {
    const number = ++this.#groups
    const node = this.#choice(depth + 1)
    if (!this.#take(')')) throw new RegexError('Unmatched ( or \\(')
    this.#closed = new Set([...this.#closed, number])
    this.#atStart = false
    return { kind: 'group', node, number }
  }

  #escaped(wasStart: boolean): Node {
    const byte = this.#pattern[this.#at++]
    if (byte === undefined) throw new RegexError('Trailing backslash')
    if (/[1-9]/.test(byte)) {
      if (!this.#closed.has(Number(byte))) throw new RegexError('Invalid back reference')
      return { kind: 'back', number: Number(byte) }
    }
    if (byte in ESCAPED_SETS) return setNode(ESCAPED_SETS[byte]!)
    const what = ESCAPED_ANCHORS[byte]
    if (what === undefined) return byteNode(byte, this.#ignoreCase)
    this.#atStart = wasStart
    return { kind: 'assert', what }
  }

  /** `^` and `$` where they are anchors: everywhere in extended syntax, in basic at the ends of what they are in. */
  #anchor(isFirst: boolean): Assertion | undefined {
    const rest = this.#pattern.slice(this.#at, this.#at + 3)
    const isAnchor =
      rest[0] === '^'
        ? this.#extended || isFirst
        : rest[0] === '$' && (this.#extended || rest === '$' || rest === '$\\)' || rest === '$\\|')
    if (!isAnchor) return undefined
    this.#at++
    return rest[0] === '^' ? 'lineStart' : 'lineEnd'
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

const ESCAPED_SETS: Readonly<Record<string, (byte: string) => boolean>> = {
  w: (byte) => WORDS[byte.charCodeAt(0)] === 1,
  W: (byte) => WORDS[byte.charCodeAt(0)] === 0 && byte !== '\n',
  s: (byte) => /[ \t-\r]/.test(byte),
  S: (byte) => !/[ \t-\r]/.test(byte),
}

const ESCAPED_ANCHORS: Readonly<Record<string, Assertion>> = {
  '<': 'wordStart',
  '>': 'wordEnd',
  b: 'wordEdge',
  B: 'noWordEdge',
  '`': 'lineStart',
  "'": 'lineEnd',
}

function byteNode(byte: string, ignoreCase: boolean): Node {
  const set = setOf((it) => it === byte)
  return { kind: 'set', set: ignoreCase ? bothCases(set) : set }
}

function setNode(has: (byte: string) => boolean): Node {
  return { kind: 'set', set: setOf(has) }
}
