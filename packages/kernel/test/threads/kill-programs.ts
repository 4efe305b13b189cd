import { parentPort } from 'node:worker_threads'
import { O_CREAT, O_RDWR, O_TRUNC, type HandleError } from '@ht/core'
import { AF_INET, SOCK_STREAM } from '@ht/core/socket'
import { allocate } from '@ht/core/shared'
import { createPipe } from '@ht/pipe'
import type { SharedMemory } from '@ht/core/shared'
import type { WorkerTask } from '@ht/kernel/worker'

/** What each program sends first: the number of its run, which its children have as well. */
export interface Runs {
  readonly runs: string | undefined
}

/*
 * Programs that go on until they are killed, each with calls of one sort, and some that do what no program should. The
 * first argument is the seed of what they choose; the second, where there is one, is for the program to know.
 */
const here = new URL(import.meta.url)
/** What calls may come to while others use the same memory, threads and names. */
const EXPECTED = [
  'EAGAIN',
  'ENOMEM',
  'ENFILE',
  'EMFILE',
  'EIO',
  'ECHILD',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EBADF',
  'ENOENT',
  'ETIMEDOUT',
  'EADDRINUSE',
]

const circular: Record<string, unknown> = {}
circular['self'] = circular

const programs: Record<string, (task: WorkerTask, random: (below: number) => number) => unknown> = {
  // ── What programs do ────────────────────────────────────────────────────────────────────────────

  /** Takes pages and gives them back. */
  allocates(task, random) {
    const open: number[] = []
    forever(() => {
      if (open.length > 20 || random(3) === 0) for (const handle of open.splice(0, 1 + random(open.length))) task.close(handle)
      const [reader, writer] = task.pipe2()
      open.push(reader, writer)
      task.write(writer, new Uint8Array(random(9000)))
    })
  },

  /** Calls the kernel's thread, where files are at home. */
  callsHome(task, random) {
    forever(() => {
      const file = task.open(`/${task.args[0]!}-${String(random(4))}`, O_CREAT | O_RDWR | (random(4) === 0 ? O_TRUNC : 0), 0o644)
      task.write(file, new Uint8Array(random(3000)))
      task.lseek(file, 0, 0)
      task.read(file, new Uint8Array(100))
      task.close(file)
    })
  },

  /** Makes sockets in the I/O worker, and connections between them. */
  usesTcp(task, random) {
    forever(() => {
      const listener = task.socket(AF_INET, SOCK_STREAM)
      if (random(2) === 0) {
        task.bind(listener, '127.0.0.1:0')
        task.listenSync(listener, 4)
        const client = task.socket(AF_INET, SOCK_STREAM)
        task.connectSync(client, task.getsockname(listener), { timeoutMs: 1000 })
        const server = task.accept4Sync(listener, 0, { timeoutMs: 1000 })
        task.sendSync(client, new Uint8Array(random(5000)))
        task.recvSync(server, new Uint8Array(6000), 0, { timeoutMs: 1 })
        task.close(client)
        task.close(server)
      }
      task.close(listener)
    })
  },

  /** Has children, each with a pipe from it. */
  forks(task, random) {
    forever(() => {
      const [reader, writer] = task.pipe2()
      try {
        const how = (['spawn', 'fork', 'clone'] as const)[random(3)]!
        const child = task[how](here, { worker: true, name: ['allocates', 'callsHome', 'quiet'][random(3)]!, args: task.args })
        task.close(writer)
        if (random(2) === 0) task.kill(child.id, 'KILL')
        else task.readSync(reader, new Uint8Array(1), { timeoutMs: random(50) })
        if (random(2) === 0) task.waitSync(child.id)
      } finally {
        closeAbove(task, 2)
      }
    })
  },

  /** Executes itself again and again. */
  async execs(task, random) {
    task.pipe2(0o2000000)
    await task.exec(here, { name: random(3) === 0 ? 'allocates' : 'execs', args: [String(random(1 << 20))] })
  },

  waits(task, random) {
    forever(() => {
      task.spawn(here, { worker: true, name: 'quiet', args: task.args })
      task.waitSync(undefined, { timeoutMs: 1 + random(100) })
    })
  },

  quiet: () => 0,

  async sleeps() {
    await new Promise(() => setInterval(() => undefined, 1000))
  },

  blocks(task) {
    task.readSync(task.pipe2()[0], new Uint8Array(1))
  },

  // ── What none should ────────────────────────────────────────────────────────────────────────────

  forges(_task, random) {
    const messages = [
      null,
      1,
      'ht ended',
      { type: 'ht ended' },
      { type: 'ht idle' },
      { type: 'ht loaded' },
      { type: 'ht run' },
      circular,
    ]
    for (let i = 0; i < 50; i++) parentPort!.postMessage(messages[random(messages.length)])
    for (;;);
  },

  throws(_task, random) {
    const bad = new Error('bad')
    Object.defineProperty(bad, 'stack', { get: () => neverGiven() })
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what no program should
    throw [1n, Symbol('s'), circular, bad, undefined, new Error('x'.repeat(1e6)), new Proxy({}, { get: () => neverGiven() })][
      random(7)
    ]
  },

  overflows(task) {
    const recurse = (): void => {
      try {
        recurse()
      } catch {
        // As deep as can be.
      }
      try {
        const [reader, writer] = task.pipe2()
        task.close(reader)
        task.close(writer)
      } catch {
        // Or a little less.
      }
    }
    forever(recurse)
  },

  overflowsUncaught(task) {
    const recurse = (): void => {
      task.close(task.dup(1))
      recurse()
    }
    recurse()
  },

  exitsAndSpins(task) {
    try {
      task.exit(3)
    } catch {
      // It goes on.
    }
    for (;;);
  },

  async exitsLater(task, random) {
    setTimeout(() => task.exit(4), random(20))
    await new Promise(() => setInterval(() => undefined, 1000))
  },

  async deafToSignals(task, random) {
    task.onSignal('TERM', random(2) === 0 ? 'ignore' : () => task.exit(5))
    await new Promise(() => setInterval(() => undefined, 1000))
  },

  throwsAtSignals(task) {
    task.onSignal('TERM', () => neverGiven())
    task.readSync(task.pipe2()[0], new Uint8Array(1))
  },

  /** Takes all pages that are left, and keeps on asking for more. */
  fills(task) {
    const { memory } = task.kernel as unknown as { memory: SharedMemory }
    let bytes = 1 << 20
    forever(() => {
      try {
        allocate(memory, bytes, 'fills')
      } catch (error) {
        if (bytes > 4096) bytes /= 2
        throw error
      }
    })
  },

  /** A bomb of execs and children. */
  bombs(task) {
    forever(() => {
      task.spawn(here, { worker: true, name: 'execs', args: task.args })
    })
  },

  /** Has others call an object that is at home here, and never answers. */
  keepsSilent(task) {
    const { reader } = createPipe()
    const handle = task.table.insert(reader)
    task.clone(here, { worker: true, name: 'callsSilent', files: true, args: [task.args[0]!, String(handle)] })
    for (;;);
  },

  callsSilent(task) {
    task.read(Number(task.args[1]), new Uint8Array(1))
  },
}

/** Does something again and again; errors that calls may give are part of it. */
function forever(step: () => void): never {
  for (;;) {
    try {
      step()
    } catch (error) {
      if (!EXPECTED.includes((error as HandleError).code)) throw error
    }
  }
}

function closeAbove(task: WorkerTask, last: number): void {
  for (const handle of task.table.activeHandles()) if (handle > last) task.close(handle)
}

function neverGiven(): never {
  throw new Error('a trap')
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

export default (task: WorkerTask): unknown => {
  parentPort!.postMessage({ runs: task.args[0] } satisfies Runs)
  return programs[task.name]!(task, randomFrom(Number(task.args[0])))
}
