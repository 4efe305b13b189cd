import type { Program } from './programs.js'
import {
  BEGAN,
  CAME,
  CHOICES,
  CHOSEN,
  CONTROL_WORDS,
  ENABLED,
  ENDED,
  FAULT,
  FAULT_DETAIL,
  FAULTS,
  GIVEN,
  MOST_OPERATIONS,
  POINT,
  RESULT,
} from './control.js'
import { POINTS } from './points.js'

/** What came of walking the interleavings of a program. */
export interface Exploration {
  /** How many interleavings were run. */
  readonly runs: number
  /** How many different things the threads saw. */
  readonly outcomes: number
  /** How often a turn was handed over. */
  readonly switches: number
  /** Whether there were more than were asked for. */
  readonly isCut: boolean
  /** What was wrong with the first run that went wrong. */
  readonly wrong: string | undefined
  readonly ms: number
}

/** One choice of a run: what it was, and what else it may be. */
interface Choice {
  readonly enabled: number
  readonly came: number
  tried: number
  chosen: number
}

/**
 * The order in which interleavings are walked: each run is given the choices of the one before it up to the last one
 * that can be made otherwise. Choices beyond are made with as few switches as can be.
 */
export class Walk {
  readonly #choices: Choice[] = []
  readonly #control: Int32Array
  readonly #preemptions: number

  constructor(control: Int32Array, { preemptions = Infinity }: Program) {
    this.#control = control
    this.#preemptions = preemptions
  }

  /** Notes which choices the run had. */
  note(): void {
    const control = this.#control
    for (let i = this.#choices.length; i < control[CHOICES]!; i++) {
      const chosen = control[CHOSEN + i]!
      this.#choices.push({ enabled: control[ENABLED + i]!, came: control[CAME + i]!, tried: 1 << chosen, chosen })
    }
  }

  /** Gives the next run its choices; false when there is none. */
  next(): boolean {
    const choices = this.#choices
    let spent = choices.reduce((sum, choice) => sum + cost(choice, choice.chosen), 0)
    for (let last = choices.at(-1); last !== undefined; last = choices.at(-1)) {
      spent -= cost(last, last.chosen)
      const other = this.#untried(last, spent)
      if (other >= 0) {
        last.chosen = other
        last.tried |= 1 << other
        this.#control[GIVEN] = choices.length
        choices.forEach(({ chosen }, i) => (this.#control[CHOSEN + i] = chosen))
        return true
      }
      choices.pop()
    }
    return false
  }

  #untried(choice: Choice, spent: number): number {
    for (let thread = 0; thread < 3; thread++) {
      if (((choice.enabled & ~choice.tried) >> thread) & 1 && spent + cost(choice, thread) <= this.#preemptions) return thread
    }
    return -1
  }
}

/** A switch costs nothing where the thread could not have gone on. */
function cost({ enabled, came }: Choice, chosen: number): number {
  return chosen !== came && (enabled >> came) & 1 ? 1 : 0
}

/** What a run was like, for a person. */
export function traceOf(control: Int32Array, program: Program): string {
  const lines: string[] = []
  const fault = FAULTS[control[FAULT]!]
  if (fault !== 'none') lines.push(`${fault} (${control[FAULT_DETAIL]!})`)
  program.threads.forEach((operations, thread) => {
    operations.forEach((operation, i) => {
      const at = thread * MOST_OPERATIONS + i
      const [began, ended] = [control[BEGAN + at]!, control[ENDED + at]!]
      const result = ended === 0 ? 'not ended' : `${control[RESULT + at]!}`
      lines.push(`thread ${thread}: ${operation.join(' ')} → ${result}, from ${began} to ${ended}`)
    })
  })
  let last = ''
  for (let i = 0; i < control[CHOICES]!; i++) {
    const line = `thread ${control[CAME + i]!} at "${POINTS[control[POINT + i]!] ?? '?'}"`
    const next = control[CHOSEN + i] === control[CAME + i] ? '' : `; then thread ${control[CHOSEN + i]!}`
    if (line + next !== last) lines.push(line + next)
    last = line + next
  }
  return lines.join('\n')
}

/** Words for the turns of one exploration. */
export function makeControl(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4))
}
