import { O_CLOEXEC } from '@ht/core'
import { runWorker, type WorkerPrograms, type WorkerTask } from '@ht/kernel/worker'

const say = (task: WorkerTask, words: string) => task.writeSync(1, new TextEncoder().encode(words))
/** The code of what was thrown, and how many handles are open. */
const failure = (task: WorkerTask, error: unknown) =>
  `${(error as Error).message}; ${String(task.table.activeHandles().length)} handles\n`

class PackingError extends Error {
  override readonly name = 'PackingError'
}

/** Errors that programs throw, by the programs' names. */
const thrown: Record<string, () => unknown> = {
  throwsTypeError: () => new TypeError('no good'),
  throwsOwnClass: () => new PackingError('does not fit'),
  throwsPlainText: () => 'just words',
  throwsBigint: () => 1n,
  throwsSymbol: () => Symbol('x'),
  throwsNull: () => null,
  throwsCircle() {
    const circle: Record<string, unknown> = {}
    return Object.assign(circle, { circle, message: circle })
  },
  throwsGetter() {
    const refuse = () => {
      throw new Error('not to be read')
    }
    return Object.defineProperties(Object.create(Error.prototype) as Error, {
      name: { get: refuse },
      message: { get: refuse },
      stack: { get: refuse },
    })
  },
  throwsProxy() {
    const refuse = () => {
      throw new Error('not to be touched')
    }
    return new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse })
  },
  throwsFunction: () => Object.assign(() => 0, { toString: () => thrown['throwsGetter']!() }),
  throwsLong: () =>
    Object.assign(new Error('m'.repeat(5_000_000)), { stack: 's'.repeat(5_000_000), name: 'n'.repeat(5_000_000) }),
}

const throwing = Object.fromEntries(
  Object.entries(thrown).map(([name, make]) => [
    name,
    () => {
      throw make()
    },
  ]),
)

const programs: WorkerPrograms = {
  ...throwing,

  hello: (task) => {
    say(task, `hello from ${task.name}\n`)
  },

  later: async (task) => {
    await task.writeAsync(1, new TextEncoder().encode('later\n'))
    return 3
  },

  badHandle: (task) => {
    task.readSync(77, new Uint8Array(1))
  },

  becomes: async (task) => {
    const [reader] = task.pipe2(O_CLOEXEC)
    try {
      await task.exec('not there')
    } catch (error) {
      // A failed exec has changed nothing: the pipe's ends are still open.
      say(task, failure(task, error))
      task.read(reader, new Uint8Array(0))
    }
    await task.exec('hello')
  },

  becomesOf: async (task) => {
    await task.exec(task.args[0]!)
  },

  starts: (task) => {
    const children = [
      task.spawn('hello', { worker: true, name: 'a child' }),
      task.fork('hello', { worker: true, name: 'a copy' }),
      task.clone('later', { worker: true, files: true }),
    ]
    return children.reduce((sum, child) => sum + task.waitSync(child.id).status, 0)
  },

  tellsOfChild: (task) => {
    const { error } = task.waitSync(task.spawn('throwsOwnClass', { worker: true }).id)
    const { name, message, stack } = error as Error
    say(task, JSON.stringify([name, message, stack?.includes('throwsOwnClass')]))
  },
}

runWorker({ programs })
