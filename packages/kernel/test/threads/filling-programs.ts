import { isHandleError, type HandleType } from '@ht/core'
import { allocate, free, type SharedMemory } from '@ht/core/shared'
import type { WorkerTask } from '@ht/kernel/worker'

/*
 * Programs that take of the shared memory what they can get, and one that needs a little of everything. By the names of
 * their tasks.
 */
const here = new URL(import.meta.url)
const memoryOf = (task: WorkerTask) => (task.kernel as unknown as { readonly memory: SharedMemory }).memory
const say = (task: WorkerTask, text: string) => task.writeSync(1, new TextEncoder().encode(text))

/** How one more of something is taken. */
const takes: Record<string, (task: WorkerTask, i: number) => unknown> = {
  pages: (task) => allocate(memoryOf(task), 1, 'test'),
  /** Of the worker's own. */
  pipes: (task) => task.pipe2(),
  /** At home in the kernel's thread. */
  files: (task, i) => task.open(`/f${String(i)}`, 0o102, 0o644),
  tables: (task) => task.table.deepClone(),
  names(task, i) {
    task.setHandleRole(1, { handleType: `role ${String(i)} ${'x'.repeat(60)}` as HandleType })
  },
}

const programs: Record<string, (task: WorkerTask) => unknown> = {
  /** Takes all that it gets of what its arguments name, says the last errors, and ends as it is told. */
  async fills(task) {
    const [how, ...sorts] = task.args
    const errors: string[] = []
    // The pages of a call are kept, so that one can be made when there are none.
    task.fstat(1)
    for (const sort of sorts) {
      for (let i = 0; ; i++) {
        try {
          takes[sort]!(task, i)
        } catch (error) {
          errors.push(isHandleError(error) ? error.message : String(error))
          break
        }
      }
    }
    try {
      say(task, `${errors.join('\n')}\n`)
    } catch {
      // There may be no room for that either.
    }
    if (how === 'throws') throw new Error('full')
    if (how === 'exits') process.exit(3)
    if (how === 'spins') for (;;);
    if (how === 'stays') await new Promise(() => setInterval(() => undefined, 1000))
  },

  /** Has a child fill, which stays, and says what it gets itself when there is nothing left for the two. */
  fillsWithChild(task) {
    const memory = memoryOf(task)
    task.fstat(1)
    task.spawn(here, { worker: true, name: 'fills', args: ['stays', 'pages'] })
    const nothing = new Int32Array(new SharedArrayBuffer(4))
    for (;;) {
      Atomics.wait(nothing, 0, 0, 2)
      try {
        free(memory, allocate(memory, 1, 'test'))
      } catch (error) {
        say(task, isHandleError(error) ? error.message : String(error))
        return
      }
    }
  },

  works(task) {
    const file = task.open('/worked', 0o102, 0o644)
    task.write(file, new Uint8Array(3))
    const [reader, writer] = task.pipe2()
    task.writeSync(writer, new Uint8Array(3))
    const { status } = task.waitSync(task.spawn(here, { worker: true, name: 'ends' }))
    say(task, JSON.stringify([status, task.readSync(reader, new Uint8Array(9))]))
  },

  ends: () => 4,
}

export default (task: WorkerTask): unknown => programs[task.name]!(task)
