import { O_CREAT, O_RDWR, O_TRUNC, type Handle } from '@ht/core'
import { AF_UNIX, SOCK_STREAM } from '@ht/core/socket'
import type { WorkerTask } from '@ht/kernel/worker'

/** Programs whose calls are traced, by the names of their tasks. */
const here = new URL(import.meta.url)
const bytes = (from: string) => new TextEncoder().encode(from)

const programs: Record<string, (task: WorkerTask) => unknown> = {
  /** Each form of a call once. */
  async forms(task) {
    const [reader, writer] = task.pipe2()
    task.write(writer, bytes('plain'))
    task.writeErrno(writer, bytes('errno'))
    task.writeSync(writer, bytes('sync'))
    await task.writeAsync(writer, bytes('async'))
    const buffer = new Uint8Array(32)
    task.read(reader, buffer.subarray(0, 5))
    task.readErrno(reader, buffer.subarray(0, 5))
    task.readSync(reader, buffer.subarray(0, 4))
    await task.readAsync(reader, buffer)
    buffer.fill(0)
    task.readErrno(reader, buffer)
    try {
      task.read(99, buffer)
    } catch {
      // As it is to.
    }
    task.statErrno('/nowhere', new Uint8Array(200))
    task.getcwd()
  },

  /** A file that nobody else will see. */
  async secret(task) {
    const file = task.open('/secret', O_CREAT | O_RDWR, 0o600)
    task.write(file, bytes('hidden'))
    task.close(file)
    task.unlink('/secret')
    await Promise.resolve()
  },

  /** More than the way to the trace holds. */
  large(task) {
    const file = task.open('/large', O_CREAT | O_RDWR, 0o600)
    const all = new Uint8Array(200_000).map((_, i) => i % 251)
    task.write(file, all)
    task.pread(file, new Uint8Array(300_000), 0)
    task.writev(file, [all.subarray(0, 3), all.subarray(3, 100_000)])
  },

  children(task) {
    const child = task.spawn(here, { worker: true, name: 'sleeps', args: ['x'] })
    const other = task.fork(here, { worker: true, name: 'leaves' })
    task.waitSync(other)
    task.kill(child.id, 'TERM')
    task.waitSync(child)
    try {
      task.spawn(here, { worker: true, name: 'never', stdin: 77 })
    } catch {
      // As it is to.
    }
    try {
      task.tryWait(child.id + 100)
    } catch {
      // As it is to.
    }
  },

  leaves: () => 3,

  sleeps: () => new Promise(() => undefined),

  async executes(task) {
    await task.exec(here, { worker: true, name: 'leaves', args: ['y'] }).catch(() => undefined)
  },

  /** Blocks in a read until it is killed. */
  blocks(task) {
    task.writeSync(1, bytes('ready'))
    task.readSync(0, new Uint8Array(9))
  },

  /** Writes to a file until it is killed. */
  writes(task) {
    const file = task.open('/log', O_CREAT | O_RDWR | O_TRUNC, 0o600)
    for (let i = 0; ; i++) {
      task.write(file, bytes(`${String(i)};`))
      if (i === 20) task.writeSync(1, bytes('ready'))
    }
  },

  /** Very many calls in a row. */
  many(task) {
    for (let i = 0; i < 20_000; i++) task.dupErrno(1000 + i)
  },

  /** Begins many reads that end with the task. */
  async unfinished(task) {
    const [reader] = task.pipe2()
    for (let i = 0; i < Number(task.args[0]); i++) {
      task.readAsync(reader, new Uint8Array(1)).catch(() => undefined)
      if (i % 1000 === 0) await new Promise((resolve) => setTimeout(resolve))
    }
    return 5
  },

  /** Tells of two calls by one number, and goes on. */
  lies(task) {
    DataView.prototype.setFloat64 = () => undefined
    const [reader] = task.pipe2()
    for (let i = 0; i < 2; i++) task.readAsync(reader, new Uint8Array(1)).catch(() => undefined)
    for (;;) task.dupErrno(1000)
  },

  signalled(task) {
    task.onSignal('INT', () => {
      task.write(1, bytes('got it'))
    })
    const [reader, writer] = task.pipe2()
    task.onSignal('TERM', () => {
      task.write(writer, bytes('x'))
    })
    task.writeSync(1, bytes('ready'))
    task.readSync(reader, new Uint8Array(1))
    const pair = task.pipe2()
    task.onSignal('PIPE', () => undefined)
    task.close(pair[0])
    task.writeErrno(pair[1], bytes('y'))
  },

  async concurrent(task) {
    const [reader, writer] = task.pipe2()
    const reads = [1, 2, 3].map(() => task.readAsync(reader, new Uint8Array(1)))
    for (const each of 'abc') await task.writeAsync(writer, bytes(each))
    await Promise.all(reads)
    task.socket(AF_UNIX, SOCK_STREAM)
  },

  /** Has arguments that no call takes, of all sorts. */
  odd(task) {
    const call = (given: unknown) => task.closeErrno(given as Handle)
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no keys')
        },
      },
    )
    const deep = Array.from({ length: 2000 }, () => Array.from({ length: 2000 }, () => 'deep'))
    for (const given of [
      NaN,
      -0,
      Infinity,
      '𝄞\ud800',
      null,
      undefined,
      5n,
      Symbol('s'),
      () => 0,
      circular,
      hostile,
      deep,
      new Error('e'),
    ])
      call(given)
    call('x'.repeat(1_000_000))
  },
}

export default (task: WorkerTask) => programs[task.name]!(task)
