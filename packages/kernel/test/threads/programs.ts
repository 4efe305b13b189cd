import { type HandleError, O_CLOEXEC, O_CREAT, O_RDONLY, O_RDWR, type Handle } from '@ht/core'
import { AF_UNIX, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from '@ht/core/socket'
import { F_SETFD, FD_CLOEXEC } from '@ht/kernel'
import type { WorkerTask } from '@ht/kernel/worker'

/** Programs that tests run in workers, by the names of their tasks. */
const here = new URL(import.meta.url)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (from: string) => new TextEncoder().encode(from)
const say = (task: WorkerTask, words: string) => task.writeSync(1, bytes(words))

function readAll(task: WorkerTask, handle: Handle): string {
  const buffer = new Uint8Array(4096)
  let all = ''
  for (let count; (count = task.readSync(handle, buffer)) > 0;) all += text(buffer.subarray(0, count))
  return all
}

const programs: Record<string, (task: WorkerTask) => unknown> = {
  echo(task) {
    const buffer = new Uint8Array(4096)
    for (let count; (count = task.readSync(0, buffer)) > 0;) task.writeSync(1, buffer.subarray(0, count))
    return 7
  },

  async echoLater(task) {
    const buffer = new Uint8Array(4096)
    for (let count; (count = await task.readAsync(0, buffer)) > 0;) await task.writeAsync(1, buffer.subarray(0, count))
  },

  who(task) {
    say(task, JSON.stringify([task.name, task.args, task.env, task.parent > 0, task.table.activeHandles()]))
  },

  spin(task) {
    say(task, 'ready')
    for (;;);
  },

  throws() {
    throw new Error('no good')
  },

  leaves() {
    process.exit(9)
  },

  crashes() {
    setTimeout(() => {
      throw new Error('behind its back')
    })
    return new Promise(() => undefined)
  },

  exits(task) {
    try {
      task.exit(3)
    } catch {
      // What comes after the end finds every call failing.
      say(task, 'not written')
    }
  },

  ended(task) {
    try {
      task.exit(4)
    } catch (error) {
      // Nobody can tell but by not ending.
      if ((error as HandleError).code !== 'ESRCH') for (;;);
    }
  },

  badStatus: () => 'three',

  files(task) {
    task.mkdir('/made', 0o755)
    const file = task.open('/made/file', O_RDWR | O_CREAT, 0o644)
    task.writeSync(file, bytes('0123456789'))
    task.lseek(file, 4, 0)
    const buffer = new Uint8Array(3)
    task.readSync(file, buffer)
    task.chdir('/made')
    const again = task.open('file', O_RDONLY)
    say(task, JSON.stringify([text(buffer), task.fstat(again).size, task.stat('file').size, readAll(task, again)]))
  },

  pipeline(task) {
    const [reader, writer] = task.pipe2(O_CLOEXEC)
    const child = task.spawn(here, { worker: true, name: 'shout', args: ['through a pipe'], stdout: writer })
    task.close(writer)
    const heard = readAll(task, reader)
    say(task, `${heard}|${String(task.waitSync(child).status)}`)
  },

  shout(task) {
    say(task, task.args.join(' ').toUpperCase())
    return 5
  },

  /** Shares its table with a child, which opens and closes handles in it. */
  shares(task) {
    const [reader, writer] = task.pipe2()
    const child = task.clone(here, { worker: true, name: 'sharer', files: true })
    const heard = readAll(task, reader)
    task.waitSync(child)
    say(task, JSON.stringify([heard, task.table.activeHandles().includes(writer), task.table.isSoleOwner()]))
  },

  sharer(task) {
    // It has its parent's numbers: 3 is the pipe's reader, 4 its writer.
    const copy = task.dup(4)
    task.writeSync(copy, bytes(`from ${String(copy)}, shared: ${String(!task.table.isSoleOwner())}`))
    task.close(copy)
    task.close(4)
  },

  forks(task) {
    const [reader, writer] = task.pipe2()
    task.fcntl(reader, F_SETFD, FD_CLOEXEC)
    const child = task.fork(here, { worker: true, name: 'forked', args: ['x'] })
    task.close(writer)
    const heard = readAll(task, reader)
    say(task, `${heard}|${String(task.waitSync().task === child.id)}`)
  },

  forked(task) {
    task.writeSync(4, bytes(JSON.stringify([task.table.activeHandles(), task.name, task.args])))
  },

  async execs(task) {
    const kept = task.pipe2()
    task.fcntl(kept[0], F_SETFD, FD_CLOEXEC)
    await task.exec(here, { worker: true, name: 'who', args: ['after', 'exec'] })
  },

  children(task) {
    const said: unknown[] = []
    try {
      task.waitSync()
    } catch (error) {
      said.push((error as HandleError).code)
    }
    const child = task.spawn(here, { worker: true, name: 'echo', stdin: task.pipe2()[0] })
    said.push(task.tryWait(child) ?? 'runs')
    task.kill(child.id, 'TERM')
    const { status, signal } = task.waitSync(child)
    said.push([status, signal])
    try {
      task.kill(child.id, 'TERM')
    } catch (error) {
      said.push((error as HandleError).code)
    }
    say(task, JSON.stringify(said))
  },

  /** Blocks in a read until a signal's function writes what it reads. */
  handles(task) {
    const [reader, writer] = task.pipe2()
    task.onSignal('INT', (signal) => task.write(writer, bytes(`got ${String(signal)}`)))
    say(task, 'ready')
    const buffer = new Uint8Array(32)
    say(task, text(buffer.subarray(0, task.readSync(reader, buffer))))
  },

  /** A function for a signal ends the task while it blocks. */
  gives(task) {
    const [reader] = task.pipe2()
    task.onSignal('INT', () => task.exit(6))
    say(task, 'ready')
    task.readSync(reader, new Uint8Array(1))
  },

  broken(task) {
    const [reader, writer] = task.pipe2()
    task.close(reader)
    task.writeSync(writer, bytes('nobody'))
  },

  times(task) {
    const [reader] = task.pipe2()
    try {
      task.readSync(reader, new Uint8Array(1), { timeoutMs: 5 })
    } catch (error) {
      say(task, (error as HandleError).message)
    }
  },

  sockets(task) {
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    task.sendSync(a, bytes('over a pair'))
    task.shutdown(a, SHUT_WR)
    say(task, readAll(task, b))
  },

  /** Vectors on datagrams, which are at home in another thread, in the form that blocks and in the one that does not. */
  vectors(task) {
    const [a, b] = task.socketpair(AF_UNIX, SOCK_DGRAM)
    const into = [new Uint8Array(2), new Uint8Array(9)]
    const said: unknown[] = [task.writevSync(a, ['one ', 'message'].map(bytes)), task.writev(a, ['ne', 'xt'].map(bytes))]
    said.push(task.writevSync(a, []), task.writev(a, [bytes('')]))
    said.push(task.readvSync(b, into), into.map(text).join('|'), task.readv(b, into), task.readvErrno(b, into))
    say(task, JSON.stringify(said))
  },

  serves(task) {
    const listener = task.socket(AF_UNIX, SOCK_STREAM)
    task.bind(listener, 'served')
    task.listen(listener, 1)
    const client = task.spawn(here, { worker: true, name: 'visits' })
    const visitor = task.accept4Sync(listener)
    say(task, readAll(task, visitor))
    task.waitSync(client)
  },

  visits(task) {
    const socket = task.socket(AF_UNIX, SOCK_STREAM)
    task.connectSync(socket, 'served')
    task.sendSync(socket, bytes('a visit'))
  },

  lists(task) {
    say(task, JSON.stringify(task.kernel.lsof().map((it) => [it.name, it.handles.map(({ kind }) => kind)])))
  },

  function(task) {
    try {
      task.spawn(() => 0)
    } catch (error) {
      say(task, (error as HandleError).message)
    }
  },

  /** What exec and clone say of options that are wrong. */
  async wrongOptions(task) {
    const wrong: unknown[] = [null, 5, [], new Map(), { trase: 1 }, { env: [] }, { args: {} }]
    const said: string[] = []
    for (const options of wrong)
      said.push(await task.exec(() => 0, options as object).catch((error: unknown) => (error as HandleError).message))
    for (const files of [null, 0, 1]) {
      try {
        task.clone(here, { worker: true, files } as never)
      } catch (error) {
        said.push((error as HandleError).message)
      }
    }
    say(task, said.join('\n'))
  },

  async execsFunction(task) {
    await task.exec((it) => {
      ;(it as WorkerTask).writeSync(1, bytes('a function'))
      return 2
    })
  },
}

export default (task: WorkerTask): unknown => programs[task.name]?.(task)
