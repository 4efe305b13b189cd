import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { runOnHt } from './ht.js'
import { KERNELS } from './kernels.js'
import { knownDifference } from './known.js'
import { Linux } from './linux.js'
import { Dice, programOf, type Answer, type Program, type Reach, type Step } from './program.js'

/** What was compared. */
export interface Verdict {
  /** Calls that Linux made, and kernels with each of the trees, of whose tables every other time one's are shared. */
  readonly calls: number
  readonly programs: number
  /** How often programs ended at a difference that is known, by its name. */
  readonly known: ReadonlyMap<string, number>
  /** Differences that are not known, of each sort the first, in the shortest program found that shows it. */
  readonly differences: readonly string[]
}

const LENGTH = 120
const BATCH = 20

/** Where a comparison ends before all calls are made, and who is told of differences at once. */
export interface Limits {
  /** After this many sorts of differences. Defaults to 1. */
  readonly enough?: number
  readonly tell?: (difference: string) => void
}

/** Compares this many calls, made at random from a seed on, with the machine's Linux. */
export async function referee(calls: number, seed: number, limits: Limits = {}): Promise<Verdict> {
  // In memory, where the machine has a place for that.
  const base = fs.mkdtempSync(join(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ht-referee-'))
  const umask = process.umask(0)
  fs.mkdirSync(join(base, 'linux'))
  fs.mkdirSync(join(base, 'ht'))
  const { linux, reach } = await Linux.start(join(base, 'linux'))
  try {
    return await new Referee(linux, reach, join(base, 'ht')).compare(calls, seed, limits)
  } finally {
    linux.end()
    process.umask(umask)
    fs.rmSync(base, { recursive: true, force: true })
  }
}

/** Where a kernel answered otherwise than Linux. */
interface Difference {
  readonly kernel: string
  readonly at: number
  readonly step: Step
  readonly linux: Answer
  readonly ht: Answer
  /** Its name among the known ones. */
  readonly known: string | undefined
}

class Referee {
  readonly #linux: Linux
  readonly #reach: Reach
  readonly #base: string
  readonly #known = new Map<string, number>()
  #folders = 0

  constructor(linux: Linux, reach: Reach, base: string) {
    this.#linux = linux
    this.#reach = reach
    this.#base = base
  }

  async compare(wanted: number, seed: number, { enough = 1, tell }: Limits): Promise<Verdict> {
    const dice = new Dice(seed)
    let calls = 0
    let programs = 0
    const batch = () => Array.from({ length: BATCH }, () => programOf(dice, LENGTH, this.#reach))
    let next = batch()
    let answers = this.#linux.run(next)
    const found = new Map<string, string>()
    while (calls < wanted && found.size < enough) {
      const current = next
      const expected = await answers
      // The referee works on while these are compared.
      next = batch()
      answers = this.#linux.run(next)
      for (const [i, program] of current.entries()) {
        const answersOfLinux = expected[i]!
        let compared = program.length
        for (const kernel of kernelsFor(programs)) {
          const difference = this.#difference(kernel, program, answersOfLinux)
          if (difference === undefined) continue
          if (difference.known === undefined) {
            const sort = sortOf(difference)
            if (found.has(sort) || found.size >= enough) continue
            const shortest = await this.#shrunk(program.slice(0, difference.at + 1), difference)
            found.set(sort, shortest)
            tell?.(shortest)
          } else {
            this.#known.set(difference.known, (this.#known.get(difference.known) ?? 0) + 1)
          }
          compared = Math.min(compared, difference.at)
        }
        calls += compared
        programs++
      }
    }
    await answers
    return { calls, programs, known: this.#known, differences: [...found.values()] }
  }

  /** The first difference of a program. What follows it may follow from it. */
  #difference(kernel: string, program: Program, expected: readonly Answer[]): Difference | undefined {
    const answers = this.#run(kernel, program)
    for (const [at, step] of program.entries()) {
      const [linux, ht] = [expected[at], answers[at]]
      if (isDeepStrictEqual(linux, ht)) continue
      const before = program.slice(0, at)
      const instead = (other: Step) => this.#run(kernel, [...before, other])[at]
      return { kernel, at, step, linux, ht, known: knownDifference({ kernel, program: before, step, linux, ht, instead }) }
    }
    return undefined
  }

  #run(kernel: string, program: Program): Answer[] {
    const folder = join(this.#base, String(this.#folders++))
    fs.mkdirSync(folder, 0o755)
    try {
      return runOnHt(KERNELS[kernel]!(folder), program)
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }

  /** The shortest program found that differs so: steps are left out, fewer and fewer at a time, as long as it does. */
  async #shrunk(program: Program, first: Difference): Promise<string> {
    let [steps, difference] = [program, first]
    for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < steps.length;) {
        const fewer = [...steps.slice(0, from), ...steps.slice(from + size)]
        const expected = (await this.#linux.run([fewer]))[0]!
        const found = this.#difference(first.kernel, fewer, expected)
        if (found === undefined || found.known !== undefined || sortOf(found) !== sortOf(first)) from += size
        else [steps, difference] = [fewer.slice(0, found.at + 1), found]
      }
    }
    const answers = (await this.#linux.run([steps]))[0]!
    const lines = steps.map((step, i) => `${shown(step)}  ${i === difference.at ? '' : shown(answers[i])}`)
    const { kernel, linux, ht } = difference
    return `${lines.join('\n')}\n  Linux: ${shown(linux)}\n  ${kernel}: ${shown(ht)}`
  }
}

/** Kernels with shared tables take turns, since their memory takes more time to make than a program does. */
function kernelsFor(program: number): string[] {
  const [shared, plain] = [true, false].map((isShared) =>
    Object.keys(KERNELS).filter((name) => name.endsWith('shared tables') === isShared),
  )
  return [...plain!, shared![program % shared!.length]!]
}

/** Differences of one sort have one cause, most likely. */
function sortOf({ step: [, call], linux, ht }: Difference): string {
  const show = (answer: Answer) => (typeof answer === 'number' && answer < 0 ? String(answer) : typeof answer)
  return `${call} ${show(linux)} ${show(ht)}`
}

function shown(value: unknown): string {
  return JSON.stringify(value).replace(/"([^"]{60})[^"]*"/g, (text, start: string) => `"${start}… (${text.length - 2})"`)
}
