import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { O_CLOEXEC, openObjectOf, type OpenObject } from '@ht/core'
import { createMemoryTree } from '@ht/file/memory'
import { createPipe } from '@ht/pipe'
import { F_GETFD, F_SETFD, type Kernel, type Task } from '../src/index.js'
import { acting, kernelWith, untilEnd } from './support/kernel.js'

/*
 * A few tasks that make calls at random, against the simplest model that there is: a table is a map from numbers to
 * ends of pipes, a pipe is a list of bytes, and who is open is found by looking through all tables.
 */

interface ModelPipe {
  bytes: number[]
}
interface ModelEnd {
  readonly pipe: ModelPipe
  readonly reads: boolean
}
interface ModelHandle {
  readonly end: ModelEnd
  closeOnExec: boolean
}
type ModelTable = Map<number, ModelHandle>
interface ModelTask {
  table: ModelTable
  ended: boolean
}

const LIMIT = 12
const CAPACITY = 65_536

const EBADF = -9
const EAGAIN = -11
const EMFILE = -24
const EINVAL = -22
const EPIPE = -32

class Model {
  readonly tasks: ModelTask[] = [{ table: new Map(), ended: false }]

  live(): ModelTask[] {
    return this.tasks.filter(({ ended }) => !ended)
  }

  /** Holders of an end, in all tables, each counted once. */
  holders(is: (end: ModelEnd) => boolean): number {
    const tables = new Set(this.live().map(({ table }) => table))
    return [...tables].reduce((sum, table) => sum + [...table.values()].filter(({ end }) => is(end)).length, 0)
  }

  free(table: ModelTable, from = 0): number {
    let number = from
    while (table.has(number)) number++
    return number < LIMIT ? number : EMFILE
  }

  copy(table: ModelTable): ModelTable {
    return new Map([...table].map(([number, it]) => [number, { ...it }]))
  }

  pipe2(task: ModelTask, flags: number): number[] | number {
    if (task.table.size + 2 > LIMIT) return EMFILE
    const pipe = { bytes: [] }
    return [true, false].map((reads) => {
      const number = this.free(task.table)
      task.table.set(number, { end: { pipe, reads }, closeOnExec: (flags & O_CLOEXEC) !== 0 })
      return number
    })
  }

  dup(task: ModelTask, handle: number): number {
    const source = task.table.get(handle)
    if (source === undefined) return EBADF
    const number = this.free(task.table)
    if (number >= 0) task.table.set(number, { ...source, closeOnExec: false })
    return number
  }

  dup2(task: ModelTask, handle: number, target: number): number {
    const source = task.table.get(handle)
    if (source === undefined || target < 0 || target >= LIMIT) return EBADF
    if (handle !== target) task.table.set(target, { ...source, closeOnExec: false })
    return target
  }

  read(task: ModelTask, handle: number, length: number): number[] | number {
    const end = task.table.get(handle)?.end
    if (end?.reads !== true) return EBADF
    const { bytes } = end.pipe
    if (length === 0) return []
    if (bytes.length > 0) return bytes.splice(0, length)
    return this.holders((it) => it.pipe === end.pipe && !it.reads) === 0 ? [] : EAGAIN
  }

  write(task: ModelTask, handle: number, bytes: number[]): number {
    const end = task.table.get(handle)?.end
    if (end?.reads !== false) return EBADF
    if (bytes.length === 0) return 0
    if (this.holders((it) => it.pipe === end.pipe && it.reads) === 0) return EPIPE
    const room = CAPACITY - end.pipe.bytes.length
    if (room === 0 || (bytes.length <= 4096 && bytes.length > room)) return EAGAIN
    const taken = bytes.slice(0, room)
    end.pipe.bytes.push(...taken)
    return taken.length
  }
}

/** The kernel and the model side by side. */
class Pair {
  readonly model = new Model()
  readonly tasks: Task[]
  readonly opens: OpenObject[] = []

  constructor(kernel: Kernel) {
    this.tasks = [this.ready(kernel.spawn(untilEnd, { limit: LIMIT }))]
  }

  /** SIGPIPE would end tasks all the time. */
  ready(task: Task): Task {
    task.onSignal('PIPE', 'ignore')
    return task
  }
}

type Step = (pair: Pair) => void
const handle = fc.integer({ min: -1, max: LIMIT })
const who = fc.nat({ max: 5 })

/** A step of one of the tasks that are still there. */
function step<T>(
  inputs: fc.Arbitrary<T>,
  act: (task: Task, model: Model, modelled: ModelTask, input: T, pair: Pair) => void,
): fc.Arbitrary<Step> {
  return fc.tuple(who, inputs).map(([index, input]) => (pair: Pair) => {
    const at = index % pair.tasks.length
    act(pair.tasks[at]!, pair.model, pair.model.tasks[at]!, input, pair)
  })
}

let byte = 0
const steps: fc.Arbitrary<Step> = fc.oneof(
  step(fc.constantFrom(0, O_CLOEXEC), (task, model, modelled, flags) => {
    const ends = task.pipe2Errno(flags)
    expect(ends).toEqual(modelled.ended ? -3 : model.pipe2(modelled, flags))
  }),
  step(handle, (task, model, modelled, it) => {
    expect(task.dupErrno(it)).toBe(modelled.ended ? -3 : model.dup(modelled, it))
  }),
  step(fc.tuple(handle, handle), (task, model, modelled, [from, to]) => {
    expect(task.dup2Errno(from, to)).toBe(modelled.ended ? -3 : model.dup2(modelled, from, to))
  }),
  step(handle, (task, _, modelled, it) => {
    expect(task.closeErrno(it)).toBe(modelled.ended ? -3 : modelled.table.delete(it) ? 0 : EBADF)
  }),
  step(fc.tuple(handle, handle), (task, _, modelled, [first, last]) => {
    const wrong = first < 0 || last < first
    expect(task.closeRangeErrno(first, last)).toBe(wrong ? EINVAL : modelled.ended ? -3 : 0)
    if (wrong || modelled.ended) return
    for (const number of [...modelled.table.keys()]) if (number >= first && number <= last) modelled.table.delete(number)
  }),
  step(handle, (task, _, modelled, it) => {
    const known = modelled.table.get(it)
    expect(task.fcntlErrno(it, F_SETFD, 1)).toBe(modelled.ended ? -3 : known === undefined ? EBADF : 0)
    if (known !== undefined && !modelled.ended) known.closeOnExec = true
    expect(task.fcntlErrno(it, F_GETFD)).toBe(modelled.ended ? -3 : known === undefined ? EBADF : 1)
  }),
  step(fc.tuple(handle, fc.integer({ min: 0, max: 9 })), (task, model, modelled, [it, length]) => {
    const buffer = new Uint8Array(length)
    const count = task.readErrno(it, buffer)
    const expected = modelled.ended ? -3 : model.read(modelled, it, length)
    expect(count < 0 ? count : [...buffer.subarray(0, count)]).toEqual(expected)
  }),
  step(fc.tuple(handle, fc.constantFrom(0, 1, 7, 4096, 40_000)), (task, model, modelled, [it, length]) => {
    const bytes = Array.from({ length }, () => byte++ & 255)
    expect(task.writeErrno(it, Uint8Array.from(bytes))).toBe(modelled.ended ? -3 : model.write(modelled, it, bytes))
  }),
  step(fc.constantFrom('fork', 'spawn', 'share'), (task, model, modelled, how, pair) => {
    if (modelled.ended || pair.tasks.length > 5) return
    const child =
      how === 'fork'
        ? acting(task).fork(untilEnd)
        : how === 'spawn'
          ? acting(task).spawn(untilEnd)
          : acting(task).clone(untilEnd, { files: true })
    const table = how === 'share' ? modelled.table : model.copy(modelled.table)
    if (how === 'spawn') for (const [number, it] of table) if (it.closeOnExec) table.delete(number)
    pair.tasks.push(pair.ready(child))
    model.tasks.push({ table, ended: false })
  }),
  step(fc.constant(0), (task, model, modelled) => {
    if (modelled.ended) return
    task.unshare()
    const shared = model.live().some((it) => it !== modelled && it.table === modelled.table)
    if (shared) modelled.table = model.copy(modelled.table)
  }),
  step(fc.constant(0), (task, model, modelled) => {
    if (modelled.ended) return
    void task.exec(untilEnd)
    // A table of its own, and in it nothing that is close-on-exec.
    modelled.table = model.copy(modelled.table)
    for (const [number, it] of modelled.table) if (it.closeOnExec) modelled.table.delete(number)
  }),
  // Seldom, or there is soon nobody left.
  step(fc.nat({ max: 5 }), (task, _, modelled, dice) => {
    if (dice > 0 || modelled.ended) return
    task.kernel.kill(task.id, 'KILL')
    modelled.ended = true
  }),
)

function agree({ model, tasks }: Pair): void {
  for (const [at, modelled] of model.tasks.entries()) {
    if (modelled.ended) continue
    const task = tasks[at]!
    expect(task.table.activeHandles()).toEqual([...modelled.table.keys()].sort((a, b) => a - b))
    for (const [number, { end }] of modelled.table) {
      expect(task.queryHandle(number).holders).toBe(model.holders((it) => it === end))
    }
  }
}

describe('tasks that make calls at random', () => {
  it('do as a simple model does, and leave nothing open', () => {
    const opens: OpenObject[] = []
    let made = 0
    fc.assert(
      fc.property(fc.array(steps, { minLength: 20, maxLength: 200, size: 'max' }), (sequence) => {
        const kernel = kernelWith(
          {
            pipe: () => {
              const ends = createPipe()
              opens.push(openObjectOf(ends.reader), openObjectOf(ends.writer))
              return ends
            },
          },
          createMemoryTree(),
        )
        const pair = new Pair(kernel)
        for (const [i, act] of sequence.entries()) {
          act(pair)
          if (i % 10 === 0) agree(pair)
        }
        agree(pair)
        kernel.close()
        made += sequence.length
        expect(opens.filter(({ references, holders, released }) => references > 0 || holders > 0 || !released)).toEqual([])
        opens.length = 0
      }),
      { numRuns: 300 },
    )
    expect(made).toBeGreaterThan(20_000)
  })
})
