import { EDGE, holds, neighbour, OTHER, WORD, WORDS } from './node.js'
import type { Program } from './program.js'

/** States of more steps than this, together, are forgotten, and built again where they are needed. */
const MOST_STEPS = 1_000_000

/** A state of the deterministic automaton: at which steps the other one may be, behind what kind of byte. */
interface State {
  readonly core: readonly number[]
  readonly before: number
  /** By the kind of what comes next: what can be read then, and whether a match ends here. */
  readonly closures: (Closure | undefined)[]
  /** By the class of the byte that comes next. */
  readonly next: (State | undefined)[]
  /** Whether a match ends in front of a byte of that class. */
  readonly accepts: boolean[]
}

interface Closure {
  readonly reading: readonly number[]
  readonly accepts: boolean
}

/**
 * Runs an expression in time linear in the text, whatever the expression: a deterministic automaton of which a state
 * is built when it is come to.
 */
export class Automaton {
  readonly #program: Program
  /** Whether a match may begin at every place. */
  readonly #searching: boolean
  /** Of each byte, its class: bytes that no set and no assertion tells apart are in one. */
  readonly #classes: Uint8Array
  /** Of each class, one of its bytes. */
  readonly #members: readonly number[]
  readonly #states = new Map<string, State>()
  readonly #starts: (State | undefined)[] = []
  /** How many steps all states have. */
  #size = 0
  readonly #marks: Uint32Array
  #mark = 0

  constructor(program: Program, searching: boolean) {
    this.#program = program
    this.#searching = searching
    ;({ classes: this.#classes, members: this.#members } = classify(program))
    this.#marks = new Uint32Array(program.steps.length)
  }

  /** Whether there is a match that begins at `from`, or behind it if the automaton searches. */
  matches(line: string, from = 0): boolean {
    const classes = this.#classes
    let state = this.#initial(neighbour(line, from - 1))
    for (let at = from; at < line.length; at++) {
      const byteClass = classes[line.charCodeAt(at)]!
      const next = state.next[byteClass] ?? this.#advance(state, byteClass)
      if (state.accepts[byteClass]) return true
      if (next.core.length === 0) return false
      state = next
    }
    return this.#closure(state, EDGE).accepts
  }

  /** Where matches that begin at `from` end, the shortest first. */
  ends(line: string, from: number): number[] {
    const ends: number[] = []
    const classes = this.#classes
    let state = this.#initial(neighbour(line, from - 1))
    for (let at = from; at < line.length; at++) {
      const byteClass = classes[line.charCodeAt(at)]!
      const next = state.next[byteClass] ?? this.#advance(state, byteClass)
      if (state.accepts[byteClass]) ends.push(at)
      if (next.core.length === 0) return ends
      state = next
    }
    if (this.#closure(state, EDGE).accepts) ends.push(line.length)
    return ends
  }

  #initial(before: number): State {
    return (this.#starts[before] ??= this.#state([this.#program.start], before))
  }

  /** The state behind a byte, which is kept. */
  #advance(state: State, byteClass: number): State {
    const byte = this.#members[byteClass]!
    const kind = WORDS[byte] === 1 ? WORD : OTHER
    const { reading, accepts } = this.#closure(state, kind)
    const core = new Set<number>()
    for (const number of reading) {
      const step = this.#program.steps[number]!
      if (step.kind === 'byte' && step.set[byte] === 1) core.add(step.next)
    }
    if (this.#searching) core.add(this.#program.start)
    const next = this.#state([...core], kind)
    state.accepts[byteClass] = accepts
    state.next[byteClass] = next
    return next
  }

  #state(core: readonly number[], before: number): State {
    const sorted = [...core].sort((a, b) => a - b)
    const key = `${before}:${sorted.join(',')}`
    let state = this.#states.get(key)
    if (state === undefined) {
      this.#size += sorted.length + 1
      if (this.#size > MOST_STEPS) {
        this.#states.clear()
        this.#starts.length = 0
        this.#size = sorted.length + 1
      }
      state = { core: sorted, before, closures: [], next: [], accepts: [] }
      this.#states.set(key, state)
    }
    return state
  }

  /** All steps that are come to without reading, where what comes next is of a kind. */
  #closure(state: State, after: number): Closure {
    const known = state.closures[after]
    if (known !== undefined) return known
    const reading: number[] = []
    let accepts = false
    const mark = ++this.#mark
    const waiting = [...state.core]
    for (let number; (number = waiting.pop()) !== undefined;) {
      if (this.#marks[number] === mark) continue
      this.#marks[number] = mark
      const step = this.#program.steps[number]!
      if (step.kind === 'byte') reading.push(number)
      else if (step.kind === 'split') waiting.push(step.next, step.other)
      else if (step.kind === 'accept') accepts = true
      else if (holds(step.what, state.before, after)) waiting.push(step.next)
    }
    return (state.closures[after] = { reading, accepts })
  }
}

/** Puts bytes into classes. */
function classify({ steps }: Program): { classes: Uint8Array; members: number[] } {
  // Copies of what is repeated share their sets.
  const distinct = new Set(steps.flatMap((step) => (step.kind === 'byte' ? [step.set] : [])))
  const sets = new Map([...distinct].map((set) => [set.join(''), set]))
  const asserts = steps.some((step) => step.kind === 'assert')
  const all = [...sets.values(), ...(asserts ? [WORDS] : [])]
  const numbers = new Map<string, number>()
  const members: number[] = []
  const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
    const key = all.map((set) => set[byte]).join('')
    let number = numbers.get(key)
    if (number === undefined) {
      number = members.push(byte) - 1
      numbers.set(key, number)
    }
    return number
  })
  return { classes, members }
}
