import { type HandleError, O_CLOEXEC, O_NONBLOCK } from '@ht/core'
import { SPOKEN_BYTES } from './death-data.js'
import type { WorkerTask } from '@ht/kernel/worker'

/*
 * Programs that do a little of everything with pipes, and with a table that two tasks share, until they are ended. Of that
 * table the standard output and the pipe's writer are left alone; both change all other numbers.
 */
const here = new URL(import.meta.url)
/** What may happen when another task changes the same numbers, when nobody reads any more, and when too much is open. */
const EXPECTED = ['EBADF', 'EAGAIN', 'EPIPE', 'EMFILE', 'ENOMEM']
/** The pipe to the one that reads. */
const WRITER = 4
const FIRST = 5
const NUMBERS = 24

const programs: Record<string, (task: WorkerTask) => unknown> = {
  /** Starts one that reads what it writes, and one that shares its table, and does then what that one does. */
  owner(task) {
    const [reader, writer] = task.pipe2(O_CLOEXEC)
    task.spawn(here, { worker: true, name: 'drain', args: task.args, stdin: reader })
    // Who writes is to be told when that one reads no more.
    task.close(reader)
    task.dup2(writer, WRITER)
    task.close(writer)
    task.clone(here, { worker: true, name: 'sharer', files: true })
    churn(task, Number(task.args[0]))
  },

  sharer(task) {
    churn(task, Number(task.args[0]) + 1)
  },

  drain(task) {
    const buffer = new Uint8Array(4096)
    while (task.readSync(0, buffer) > 0) task.writeSync(1, spoken(task))
    return 5
  },
}

function churn(task: WorkerTask, seed: number): never {
  const random = randomFrom(seed)
  task.onSignal('PIPE', 'ignore')
  for (;;) {
    task.writeSync(1, spoken(task))
    try {
      change(task, random)
    } catch (error) {
      if (!EXPECTED.includes((error as HandleError).code)) throw error
    }
  }
}

function change(task: WorkerTask, random: (below: number) => number): void {
  const handle = FIRST + random(NUMBERS)
  switch (random(8)) {
    case 0: {
      const [from, to] = task.pipe2(O_NONBLOCK)
      task.write(to, new Uint8Array(100))
      task.read(from, new Uint8Array(60))
      task.close(from)
      // Unless one of the two is closed as any other.
      if (random(4) > 0) task.close(to)
      return
    }
    case 1:
    case 2:
      task.dup2(FIRST + random(NUMBERS), handle)
      return
    case 3:
      task.dup2(WRITER, handle)
      return
    case 4:
      // It blocks until there is room.
      task.writeSync(WRITER, new Uint8Array(1 + random(5000)))
      return
    default:
      task.close(handle)
  }
}

/** As much as tells the test that a task goes on, and which. */
function spoken(task: WorkerTask): Uint8Array {
  return new Uint8Array(SPOKEN_BYTES).fill(task.name.charCodeAt(0))
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

export default (task: WorkerTask): unknown => programs[task.name]?.(task)
