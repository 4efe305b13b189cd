import { pattern, Sum } from './pattern.js'
import { sumKind, SumOps } from './sum-kind.js'
import type { Handle } from '@ht/core'
import type { WorkerTask } from '@ht/kernel/worker'

/** Programs that the page runs in workers, by the names of their tasks. */
const here = new URL(import.meta.url)
const say = (task: WorkerTask, words: string, handle = 1) => task.writeSync(handle, new TextEncoder().encode(words))

/** Reads to the end of file, in pieces that do not divide what is written: how many bytes, and a sum of them. */
function readAll(task: WorkerTask, handle: Handle): Sum['result'] {
  const buffer = new Uint8Array(5001)
  const sum = new Sum()
  for (let count; (count = task.readSync(handle, buffer)) > 0;) sum.add(buffer.subarray(0, count))
  return sum.result
}

const programs: Record<string, (task: WorkerTask) => unknown> = {
  /** Writes so many bytes. */
  writes(task) {
    const count = Number(task.args[0])
    for (let at = 0; at < count;) at += task.writeSync(1, pattern(at, count))
  },

  reads(task) {
    say(task, JSON.stringify(readAll(task, 0)))
    return 7
  },

  number(task) {
    say(task, String((task.kernel as unknown as { memory: { thread: number } }).memory.thread))
  },

  counts(task) {
    const { words } = (task.kernel as unknown as { memory: { words: Int32Array } }).memory
    for (;;) Atomics.add(words, Number(task.args[0]), 1)
  },

  sees(task) {
    const { memory } = task.kernel as unknown as { memory: { hot: unknown; canWait: boolean } }
    say(task, JSON.stringify({ hot: memory.hot !== undefined, canWait: memory.canWait }))
  },

  spins(task) {
    say(task, 'ready')
    for (;;);
  },

  leavesMark(task) {
    const marked = globalThis as { mark?: boolean }
    say(task, JSON.stringify(marked.mark ?? false))
    marked.mark = true
  },

  /** Goes on after its end. */
  exitsAndSpins(task) {
    try {
      task.exit(5)
    } catch {
      // It goes on.
    }
    for (;;);
  },

  /** Blocks for ever in a pipe that nobody writes to. */
  blocks(task) {
    const [reader] = task.pipe2()
    say(task, 'ready')
    task.readSync(reader, new Uint8Array(1))
  },

  crashes() {
    setTimeout(() => {
      throw new Error('behind its back')
    })
    return new Promise(() => undefined)
  },

  pipeline(task) {
    const [reader, writer] = task.pipe2()
    const child = task.spawn(here, { worker: true, name: 'writes', args: ['300000'], stdout: writer })
    task.close(writer)
    const [count] = readAll(task, reader)
    say(task, JSON.stringify([count, task.waitSync(child).status]))
  },

  shares(task) {
    const [reader] = task.pipe2()
    const child = task.clone(here, { worker: true, name: 'sharer', files: true })
    const [count] = readAll(task, reader)
    task.waitSync(child)
    say(task, JSON.stringify([count, task.table.activeHandles(), task.table.isSoleOwner()]))
  },

  /** Has its parent's table: 3 is a pipe's reader, 4 its writer. */
  sharer(task) {
    const copy = task.dup(4)
    say(task, 'four', copy)
    task.close(copy)
    task.close(4)
  },

  /** Keeps an object that is at home here, and answers calls of it while it blocks. */
  keeps(task) {
    const handle = task.table.insert(sumKind.open({ sum: 0 }))
    say(task, String(handle))
    task.readSync(0, new Uint8Array(1))
  },

  /** The same, between the turns of its event loop. */
  async keepsAwaiting(task) {
    const handle = task.table.insert(sumKind.open({ sum: 0 }))
    say(task, String(handle))
    await task.readAsync(0, new Uint8Array(1))
  },

  /** Keeps one, and never answers. */
  keepsSilent(task) {
    const handle = task.table.insert(sumKind.open({ sum: 0 }))
    say(task, String(handle))
    for (;;);
  },

  /** Calls an object that is at home in the page. */
  calls(task) {
    const sum = task.table.get(0)!
    const { add } = sum.as(SumOps)!
    say(task, JSON.stringify([add(1), add(2), add(3)]))
    sum.release()
  },
}

export default (task: WorkerTask): unknown => programs[task.name]?.(task)
