import { crc32 } from 'node:zlib'
import {
  AT_SYMLINK_NOFOLLOW,
  errnoFrom,
  readStat,
  S_IFDIR,
  S_IFMT,
  STAT_BYTES,
  type DirectoryEntry,
} from '../../packages/core/src/index.js'
import type { Kernel, Program as TaskProgram, Task } from '../../packages/kernel/src/index.js'
import { LIMIT, TASKS, type Answer, type Program } from './program.js'

/** Carries out a program on a kernel: its answers. The kernel is as new, and has ended afterwards. */
export function runOnHt(kernel: Kernel, program: Program): Answer[] {
  const tasks: (Player | undefined)[] = [new Player(kernel.spawn(untilEnd, { limit: LIMIT }))]
  const taken = new Set([0])
  try {
    return program.map(([number, call, ...args]) => {
      const player = tasks[number]
      if (player === undefined) return 'gone'
      if (call === 'exit') {
        kernel.kill(player.task.id, 'KILL')
        tasks[number] = undefined
        return 0
      }
      if (call === 'fork' || call === 'clone') {
        const child = args[0] as number
        if (child >= TASKS || taken.has(child)) return 'gone'
        taken.add(child)
        const { task } = player
        const { id } = call === 'fork' ? task.fork(untilEnd) : task.clone(untilEnd, { files: true })
        tasks[child] = new Player(kernel.task(id)!)
        return 0
      }
      return player.step(call, args)
    })
  } finally {
    kernel.close()
  }
}

const untilEnd: TaskProgram = (task) =>
  new Promise<number>((resolve) => {
    task.signal.addEventListener('abort', () => {
      resolve(0)
    })
  })

/** A task, and the broken pipes that it was told of. */
class Player {
  readonly task: Task
  #broken = 0

  constructor(task: Task) {
    this.task = task
    this.#listen()
  }

  step(call: string, args: readonly unknown[]): Answer {
    let answer: Answer
    try {
      answer = call === 'exec' ? this.#exec() : CALLS[call]!(this.task, ...(args as never[]))
    } catch (error) {
      answer = errnoFrom(error)
    }
    if (this.#broken === 0) return answer
    const broken = this.#broken
    this.#broken = 0
    return [answer, 'SIGPIPE', broken]
  }

  #listen(): void {
    this.task.onSignal('PIPE', () => {
      this.#broken++
    })
  }

  #exec(): number {
    void this.task.exec(untilEnd)
    this.#listen()
    return 0
  }
}

/** How each call is made. The others are the task's own, with the same arguments. */
const CALLS: Readonly<Record<string, (task: Task, ...args: never[]) => Answer>> = {
  ...own('openat mkdirat unlinkat renameat linkat symlinkat readlinkat fchmodat fchmod futimens chdir fchdir getcwd'),
  ...own('close closeRange dup dup2 dup3 fcntl lseek ftruncate fsync pipe2 socket socketpair bind listen accept4'),
  ...own('connect shutdown getsockname getpeername getsockopt umask unshare utimensat'),

  fstatat(task, at: number, path: string, flags: number) {
    const out = new Uint8Array(STAT_BYTES)
    return task.fstatatErrno(at, path, flags, out) || shownStat(out)
  },
  fstat(task, handle: number) {
    const out = new Uint8Array(STAT_BYTES)
    return task.fstatErrno(handle, out) || shownStat(out)
  },
  same(task, handle: number, other: number) {
    const { dev, ino } = task.fstat(handle)
    const second = task.fstat(other)
    return Number(dev === second.dev && ino === second.ino)
  },
  timesof(task, at: number, path: string) {
    const { atimeMs, mtimeMs } = task.fstatat(at, path, AT_SYMLINK_NOFOLLOW)
    return [atimeMs, mtimeMs].map((ms) => (ms > 1.6e12 ? 'now' : Math.floor(ms * 1000)))
  },
  readdir(task, handle: number) {
    const entries: DirectoryEntry[] | number = task.readdirErrno(handle)
    if (typeof entries === 'number') return entries
    const names = entries.map(({ name }) => name).filter((name) => name !== '.' && name !== '..')
    return names.sort().join()
  },

  ioctl(task, handle: number, request: number, argument: number) {
    const value = Int32Array.of(argument)
    return task.ioctlErrno(handle, request, new Uint8Array(value.buffer)) || value[0]
  },
  read: (task, handle: number, length: number) => read(length, (buffer) => task.readErrno(handle, buffer)),
  pread: (task, handle: number, length: number, position: number) =>
    read(length, (buffer) => task.preadErrno(handle, buffer, position)),
  readv(task, handle: number, lengths: readonly number[]) {
    const buffers = lengths.map((length) => new Uint8Array(length))
    const count = task.readvErrno(handle, buffers)
    return count < 0 ? count : shown(Buffer.concat(buffers).subarray(0, count))
  },
  write: (task, handle: number, fill: number, length: number) => task.writeErrno(handle, pattern(fill, length)),
  pwrite: (task, handle: number, fill: number, length: number, position: number) =>
    task.pwriteErrno(handle, pattern(fill, length), position),
  writev: (task, handle: number, fill: number, lengths: readonly number[]) =>
    task.writevErrno(
      handle,
      lengths.map((length, i) => pattern(fill + i, length)),
    ),

  send: (task, handle: number, fill: number, length: number, flags: number) =>
    task.sendErrno(handle, pattern(fill, length), flags),
  sendto: (task, handle: number, fill: number, length: number, flags: number, name: string) =>
    task.sendtoErrno(handle, pattern(fill, length), flags, name),
  recv: (task, handle: number, length: number, flags: number) =>
    receive(length, (buffer) => task.recvErrno(handle, buffer, flags)),
  recvfrom(task, handle: number, length: number, flags: number) {
    const address = new Uint8Array(108)
    const got = receive(length, (buffer) => task.recvfromErrno(handle, buffer, flags, address))
    return typeof got === 'number' ? got : [...got, Buffer.from(address.subarray(0, address.indexOf(0))).toString()]
  },
}

function own(names: string): Record<string, (task: Task, ...args: never[]) => Answer> {
  const call =
    (name: string) =>
    (task: Task, ...args: never[]) =>
      (task[`${name}Errno` as 'openatErrno'] as (...args: never[]) => Answer)(...args)
  return Object.fromEntries(names.split(' ').map((name) => [name, call(name)]))
}

function pattern(fill: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => fill + i)
}

/** The bytes themselves, or of many their number and sum. */
function shown(bytes: Uint8Array): string {
  return bytes.length <= 64 ? Buffer.from(bytes).toString('latin1') : `${bytes.length}:${crc32(bytes)}`
}

function read(length: number, call: (buffer: Uint8Array) => number): Answer {
  const buffer = new Uint8Array(length)
  const count = call(buffer)
  return count < 0 ? count : shown(buffer.subarray(0, count))
}

/** A receive may answer more than it gives: MSG_TRUNC. */
function receive(length: number, call: (buffer: Uint8Array) => number): number | [number, string] {
  const buffer = new Uint8Array(length)
  const count = call(buffer)
  return count < 0 ? count : [count, shown(buffer.subarray(0, count))]
}

function shownStat(out: Uint8Array): string {
  const { mode, nlink, size } = readStat(out)
  return `${mode.toString(8)} ${nlink} ${(mode & S_IFMT) === S_IFDIR ? 0 : size}`
}
