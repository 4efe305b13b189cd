import { parentPort } from 'node:worker_threads'
import { execFileSync } from 'node:child_process'
import { createPipe } from '@ht/pipe'
import type { HandleError } from '@ht/core'
import type { WorkerTask } from '@ht/kernel/worker'

/*
 * Programs that do what a program should not: send messages of the kernel's, throw what is no error, go on after their
 * end. By the names of their tasks.
 */
const here = new URL(import.meta.url)
const say = (task: WorkerTask, text: string) => task.writeSync(1, new TextEncoder().encode(text))
const forever = () => new Promise<number>(() => setInterval(() => undefined, 1000))

const circular: Record<string, unknown> = {}
circular['self'] = circular
const badStack = new Error('hi')
Object.defineProperty(badStack, 'stack', {
  get() {
    throw new Error('no stack')
  },
})

/** What is thrown, by the argument that asks for it. */
const thrown: Record<string, () => unknown> = {
  bigint: () => 1n,
  symbol: () => Symbol('s'),
  undefined: () => undefined,
  null: () => null,
  circular: () => circular,
  'error without a stack': () => badStack,
  'huge error': () => new Error('x'.repeat(40e6)),
  'large error': () =>
    Object.assign(new TypeError('large'), { code: 'E_LARGE', parts: Array.from({ length: 50_000 }, () => ({ part: {} })) }),
  proxy: () => new Proxy({}, { get: () => raise(), has: () => raise(), ownKeys: () => raise() }),
}

const messages: unknown[] = [
  null,
  undefined,
  0,
  'ht ended',
  [],
  new Map(),
  new Error('none'),
  { type: 'ht idle' },
  { type: 'ht ended' },
  { type: 'ht ended', status: 0 },
  { type: 'ht loaded' },
  { type: 'ht loaded', error: { name: 1, message: circular } },
  { type: 'ht run' },
  { type: 'ht ready' },
  { type: { toString: 1 } },
  { type: 'x'.repeat(1e6) },
  'x'.repeat(1e7),
]

const programs: Record<string, (task: WorkerTask) => unknown> = {
  /** Sends every odd message, and ends as others do. */
  posts() {
    for (const message of messages) parentPort!.postMessage(message)
    return 7
  },

  /** Sends them and runs on. */
  postsAndSpins(task) {
    for (const message of messages) parentPort!.postMessage(message)
    say(task, 'ready')
    for (;;);
  },

  /** Sends the host more messages than it can read. */
  floods(task) {
    for (;;) parentPort!.postMessage(task.args[0] === 'ours' ? { type: 'ht loaded', error: { message: 'x' } } : 'x'.repeat(1000))
  },

  throws(task) {
    throw thrown[task.args[0]!]!()
  },

  /** Throws where nothing catches, outside of its function. */
  async throwsLater(task) {
    setTimeout(() => {
      throw thrown[task.args[0]!]!()
    })
    await forever()
  },

  async rejects(task) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- What a program may do.
    void Promise.reject(thrown[task.args[0]!]!())
    await forever()
  },

  /** Hears of its errors in one of Node's ways: what it has heard is its output. */
  async hears(task) {
    const heard: unknown[] = []
    const hear = (way: string) => (error: Error, origin?: string) => {
      heard.push([way, error.message, origin ?? null])
    }
    process.on('uncaughtExceptionMonitor', hear('monitor'))
    if (task.args[0] === 'listener') process.once('uncaughtException', hear('listener'))
    if (task.args[0] === 'callback') process.setUncaughtExceptionCaptureCallback(hear('callback'))
    if (task.args[0] === 'thrower') {
      process.on('uncaughtException', () => {
        throw new RangeError('in the listener')
      })
    }
    process.on('exit', (status) => {
      say(task, JSON.stringify([...heard, ['exit', status]]))
    })
    setTimeout(() => {
      throw thrown['large error']!()
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    process.setUncaughtExceptionCaptureCallback(null)
    void Promise.reject(new Error('the second'))
    await forever()
  },

  /** Throws while it exits. */
  async throwsAtExit(task) {
    process.on('exit', () => {
      throw thrown['large error']!()
    })
    await Promise.resolve()
    task.exit(11)
  },

  exitsAndSpins(task) {
    try {
      task.exit(5)
    } catch {
      // It goes on.
    }
    for (;;);
  },

  /** Takes the ways away by which a thread ends itself. */
  exitsAndStays(task) {
    process.exit = (() => undefined) as never
    process.on('exit', () => {
      for (;;);
    })
    try {
      task.exit(6)
    } catch {
      // It goes on.
    }
    for (;;);
  },

  async exitsInATimer(task) {
    setTimeout(() => {
      task.exit(4)
    }, 1)
    await forever()
  },

  async exitsForSignal(task) {
    task.onSignal('TERM', () => task.exit(5))
    say(task, 'ready')
    await forever()
  },

  /** Ends in a recursion without end, which nothing catches. */
  overflows(task) {
    const recurse = (): void => {
      task.close(task.dup(1))
      recurse()
    }
    recurse()
  },

  /** Exits from as deep as it can. */
  exitsFromTheDeep(task) {
    const recurse = (): void => {
      try {
        recurse()
      } catch {
        task.exit(9)
      }
    }
    recurse()
  },

  async execs(task) {
    await task.exec(here, { name: 'says' })
  },

  says(task) {
    say(task, 'said')
    return 3
  },

  /** Is inside a call of the host's that does not return. */
  readsFifo(task) {
    execFileSync('cat', [task.args[0]!])
  },

  leavesMark(task) {
    const marked = globalThis as { mark?: boolean }
    say(task, String(marked.mark ?? false))
    marked.mark = true
  },

  /** Starts a child when it is told, which it never gets to hear of, and does not end. */
  starts(task) {
    if (task.args[0] === 'leaf') for (;;);
    task.writeSync(1, new Uint8Array(1))
    task.readSync(0, new Uint8Array(1))
    task.spawn(here, { worker: true, name: 'starts', args: ['leaf'] })
    for (;;);
  },

  /** Starts as many children as it can: how many there were, the error, and its handles before and after the failure. */
  startsMany(task) {
    const [reader, writer] = task.pipe2()
    let children = 0
    let before: number[] = []
    try {
      for (;;) {
        before = task.table.activeHandles()
        task[task.args[0] as 'spawn'](here, { worker: true, name: 'waits' })
        children++
      }
    } catch (error) {
      say(task, JSON.stringify([children, (error as HandleError).code, before, task.table.activeHandles()]))
    }
    task.close(writer)
    task.close(reader)
  },

  async waits() {
    await forever()
  },

  quiet: () => 0,

  /** Starts a child and waits for it, so many times, with no pause between. */
  startsAndWaits(task) {
    for (let i = 0; i < Number(task.args[0]); i++) {
      const { status } = task.waitSync(task.spawn(here, { worker: true, name: 'quiet' }))
      if (status !== 0) return 1
    }
    return 0
  },

  /** Has objects open that are at home here, and answers no call. */
  keepsPipes(task) {
    for (let i = 0; i < 3; i++) {
      const { reader, writer } = createPipe()
      task.table.insert(reader)
      writer.release()
    }
    say(task, 'ready')
    for (;;);
  },

  /** Asks the kernel past the checks of its own calls. */
  sendsTooMuch(task) {
    const { control } = task.kernel as unknown as { control: { ask(name: string, ...args: unknown[]): unknown } }
    const codes = [Number(task.args[0]), Number(task.args[0]) * 5].map((size) => {
      try {
        return control.ask('exec', 'x'.repeat(size), [], {}, undefined)
      } catch (error) {
        return (error as HandleError).code
      }
    })
    say(task, JSON.stringify(codes))
  },

  /** Asks the kernel for what it has not: what that comes to. */
  asksForNothing(task) {
    const { control } = task.kernel as unknown as { control: { ask(name: string, ...args: unknown[]): unknown } }
    const answers = ['', 'nothing', 'constructor', '__proto__'].map((name) => {
      try {
        return control.ask(name)
      } catch (error) {
        return (error as HandleError).code
      }
    })
    say(task, JSON.stringify(answers))
  },

  /** An exec that fails: its error, its handles and name before and after, and whether a call that waits goes on. */
  async execsBadly(task) {
    const [reader, writer] = task.pipe2(0o2000000)
    const waiting = task.readAsync(reader, new Uint8Array(1))
    const state = () => [task.table.activeHandles(), task.name, task.args.length, task.kernel.lsof()[0]!.name]
    const before = state()
    let code: string | undefined
    const module = task.args[0] === undefined ? here : new URL(task.args[0], import.meta.url)
    try {
      await task.exec(module, { name: 'another', args: Array<string>(Number(task.args[1])).fill('x'.repeat(1000)) })
    } catch (error) {
      ;({ code } = error as HandleError)
    }
    const after = state()
    task.write(writer, new Uint8Array(1))
    say(task, JSON.stringify({ code, before, after, read: await waiting }))
  },
}

function raise(): never {
  throw new Error('a trap')
}

export default (task: WorkerTask): unknown => programs[task.name]!(task)
