import { describe, expect, it } from 'vitest'
import { errnoOf, O_CREAT, O_RDWR } from '@ht/core'
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '@ht/core/socket'
import * as numbers from '../src/errno.js'
import { createSource } from '../src/stdio/index.js'
import { expectUnchanged, idleTask, kernelWith, outcome, outcomeOf, utf8 } from './support/kernel.js'
import type { Task } from '../src/index.js'

const EBADF = -9
const EFAULT = -14
const EINVAL = -22

const bytes = () => new Uint8Array(8)
const detached = () => {
  const gone = new Uint8Array(8)
  structuredClone(gone, { transfer: [gone.buffer] })
  return gone
}

/** Numbers that name no handle, and things that are no numbers. */
const CLOSED = [-1, -100.5, 0.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 53, 1024, 99]
const NO_NUMBERS: unknown[] = ['0', '', null, undefined, {}, [], true, () => 0, Symbol('s'), 0n]

/** Each call that takes a handle first. */
const HANDLE_CALLS: Record<string, (task: Task, handle: number) => unknown> = {
  read: (task, handle) => task.readErrno(handle, bytes()),
  write: (task, handle) => task.writeErrno(handle, bytes()),
  readv: (task, handle) => task.readvErrno(handle, [bytes()]),
  writev: (task, handle) => task.writevErrno(handle, [bytes()]),
  pread: (task, handle) => task.preadErrno(handle, bytes(), 0),
  pwrite: (task, handle) => task.pwriteErrno(handle, bytes(), 0),
  lseek: (task, handle) => task.lseekErrno(handle, 0, 0),
  ftruncate: (task, handle) => task.ftruncateErrno(handle, 0),
  fsync: (task, handle) => task.fsyncErrno(handle),
  fstat: (task, handle) => task.fstatErrno(handle, new Uint8Array(200)),
  close: (task, handle) => task.closeErrno(handle),
  dup: (task, handle) => task.dupErrno(handle),
  dup2: (task, handle) => task.dup2Errno(handle, 5),
  dup3: (task, handle) => task.dup3Errno(handle, 5),
  fcntl: (task, handle) => task.fcntlErrno(handle, 1),
  ioctl: (task, handle) => task.ioctlErrno(handle, 1, bytes()),
  bytesWaiting: (task, handle) => task.bytesWaitingErrno(handle),
  queryHandle: (task, handle) => task.queryHandleErrno(handle),
  setHandleRole: (task, handle) => task.setHandleRoleErrno(handle, {}),
  fchmod: (task, handle) => task.fchmodErrno(handle, 0),
  futimens: (task, handle) => task.futimensErrno(handle, 0, 0),
  getdents: (task, handle) => task.getdentsErrno(handle, bytes()),
  fchdir: (task, handle) => task.fchdirErrno(handle),
  openat: (task, handle) => task.openatErrno(handle, 'f'),
  mkdirat: (task, handle) => task.mkdiratErrno(handle, 'f'),
  unlinkat: (task, handle) => task.unlinkatErrno(handle, 'f'),
  renameat: (task, handle) => task.renameatErrno(handle, 'f', handle, 'g'),
  linkat: (task, handle) => task.linkatErrno(handle, 'f', handle, 'g'),
  symlinkat: (task, handle) => task.symlinkatErrno('f', handle, 'g'),
  readlinkat: (task, handle) => task.readlinkatErrno(handle, 'f'),
  fchmodat: (task, handle) => task.fchmodatErrno(handle, 'f', 0),
  utimensat: (task, handle) => task.utimensatErrno(handle, 'f', 0, 0),
  fstatat: (task, handle) => task.fstatatErrno(handle, 'f', 0, new Uint8Array(200)),
  bind: (task, handle) => task.bindErrno(handle, 'a'),
  listen: (task, handle) => task.listenErrno(handle, 1),
  accept4: (task, handle) => task.accept4Errno(handle),
  connect: (task, handle) => task.connectErrno(handle, 'a'),
  shutdown: (task, handle) => task.shutdownErrno(handle, 0),
  getsockname: (task, handle) => task.getsocknameErrno(handle),
  getpeername: (task, handle) => task.getpeernameErrno(handle),
  getsockopt: (task, handle) => task.getsockoptErrno(handle, 1, 3),
  setsockopt: (task, handle) => task.setsockoptErrno(handle, 1, 9, 1),
  send: (task, handle) => task.sendErrno(handle, bytes()),
  sendto: (task, handle) => task.sendtoErrno(handle, bytes(), 0, 'a'),
  recv: (task, handle) => task.recvErrno(handle, bytes()),
  recvfrom: (task, handle) => task.recvfromErrno(handle, bytes(), 0, bytes()),
}

describe('a handle that names nothing', () => {
  for (const [name, call] of Object.entries(HANDLE_CALLS)) {
    it(`${name}: EBADF, and nothing changes`, () => {
      const kernel = kernelWith()
      const task = idleTask({ stdin: createSource('x') }, kernel)
      const stranger = idleTask({ stdin: createSource('y'), handles: { 7: null } }, kernel)
      stranger.open('/f', O_CREAT)
      expectUnchanged(kernel, () => {
        for (const handle of [...CLOSED, 1]) expect([handle, call(task, handle)]).toEqual([handle, EBADF])
      })
    })

    it(`${name}: what is no number is EINVAL, and nothing changes`, () => {
      const kernel = kernelWith()
      const task = idleTask({ stdin: createSource('x') }, kernel)
      expectUnchanged(kernel, () => {
        for (const handle of NO_NUMBERS) expect([String(handle), call(task, handle as number)]).toEqual([String(handle), EINVAL])
      })
    })
  }

  it('is named in the error', () => {
    const task = idleTask()
    expect(() => task.close('x' as never)).toThrow(`EINVAL: handle must be a number, got "x", close (task ${String(task.id)})`)
    expect(() => task.read(Symbol('s') as never, bytes())).toThrow('EINVAL: handle must be a number, got symbol, read')
    expect(() => task.dup2(-1, 3)).toThrow(`EBADF: bad file descriptor, dup2 (handle -1, task ${String(task.id)})`)
  })

  it('calls on sockets that wait: EBADF and EINVAL, and nothing changes', async () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const calls: ((handle: number) => Promise<unknown>)[] = [
      (it) => task.listenAsync(it, 1),
      (it) => task.accept4Async(it),
      (it) => task.connectAsync(it, 'a'),
      (it) => task.sendAsync(it, bytes()),
      (it) => task.sendtoAsync(it, bytes(), 0, 'a'),
      (it) => task.recvAsync(it, bytes()),
      (it) => task.recvfromAsync(it, bytes()),
    ]
    const before = kernel.lsof()
    for (const call of calls) {
      for (const handle of CLOSED) expect(await outcomeOf(call(handle))).toBe('EBADF')
      for (const handle of NO_NUMBERS) expect(await outcomeOf(call(handle as never))).toBe('EINVAL')
      await expect(call('x' as never)).rejects.toThrow('EINVAL: handle must be a number, got "x"')
    }
    expect(kernel.lsof()).toEqual(before)
  })

  it('readAsync and writeAsync: EBADF and EINVAL', async () => {
    const task = idleTask()
    for (const handle of CLOSED) {
      expect(await outcomeOf(task.readAsync(handle, bytes()))).toBe('EBADF')
      expect(await outcomeOf(task.writevAsync(handle, [bytes()]))).toBe('EBADF')
    }
    for (const handle of NO_NUMBERS) {
      expect(await outcomeOf(task.readvAsync(handle as never, [bytes()]))).toBe('EINVAL')
      expect(await outcomeOf(task.writeAsync(handle as never, bytes()))).toBe('EINVAL')
    }
    await expect(task.readAsync('x' as never, bytes())).rejects.toThrow('EINVAL: handle must be a number, got "x", read')
  })
})

describe('a buffer that is none', () => {
  const calls: Record<string, (task: Task, buffer: Uint8Array) => number> = {
    read: (task, buffer) => task.readErrno(0, buffer),
    write: (task, buffer) => task.writeErrno(0, buffer),
    readv: (task, buffer) => task.readvErrno(0, [bytes(), buffer]),
    writev: (task, buffer) => task.writevErrno(0, [bytes(), buffer]),
    pread: (task, buffer) => task.preadErrno(0, buffer, 0),
    pwrite: (task, buffer) => task.pwriteErrno(0, buffer, 0),
    fstat: (task, buffer) => task.fstatErrno(0, buffer),
    stat: (task, buffer) => task.statErrno('/', buffer),
    ioctl: (task, buffer) => task.ioctlErrno(0, 1, buffer),
  }
  for (const [name, call] of Object.entries(calls)) {
    it(`${name}: EINVAL; a detached one: EFAULT; nothing changes`, () => {
      const kernel = kernelWith()
      const task = idleTask({}, kernel)
      task.write(task.open('/f', O_CREAT | O_RDWR), utf8('abc'))
      expectUnchanged(kernel, () => {
        for (const buffer of [
          'text',
          null,
          undefined,
          5,
          {},
          [1],
          new ArrayBuffer(8),
          new Uint16Array(4),
          new DataView(new ArrayBuffer(8)),
        ]) {
          expect(call(task, buffer as never)).toBe(EINVAL)
        }
        expect(call(task, detached())).toBe(EFAULT)
      })
    })
  }

  it('is named in the error', () => {
    const task = idleTask({ stdin: createSource('x') })
    expect(() => task.read(0, 'text' as never)).toThrow(
      `EINVAL: buffer must be a Uint8Array, got "text", read (handle 0, task ${String(task.id)})`,
    )
    expect(() => task.readv(0, 'text' as never)).toThrow('EINVAL: buffers must be a list of Uint8Arrays, got "text", readv')
  })

  it('readAsync, writeAsync and their vectors', async () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const [r, w] = task.pipe2()
    const before = kernel.lsof()
    for (const call of [
      task.readAsync(r, 'x' as never),
      task.writeAsync(w, null as never),
      task.readvAsync(r, [5] as never),
      task.writevAsync(w, 5 as never),
    ]) {
      expect(await outcomeOf(call)).toBe('EINVAL')
    }
    for (const call of [task.readAsync(r, detached()), task.writeAsync(w, detached()), task.writevAsync(w, [detached()])]) {
      expect(await outcomeOf(call)).toBe('EFAULT')
    }
    for (const options of [5, null, { timeoutMs: -1 }, { timeoutMs: 'x' }, { signal: 5 }, { signal: null }]) {
      expect(await outcomeOf(task.readAsync(r, bytes(), options as never))).toBe('EINVAL')
    }
    expect(kernel.lsof()).toEqual(before)
  })

  it('in shared memory is a buffer as any other', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(7)
    expect(task.write(w, shared)).toBe(8)
    expect(task.writev(w, [shared, shared])).toBe(16)
    expect(await task.readAsync(r, shared)).toBe(8)
  })
})

describe('of a call on a socket', () => {
  /** A task with both ends of a pair at 0 and 1, and a datagram socket at 2. */
  const withSockets = () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    task.socketpair(AF_UNIX, SOCK_STREAM)
    task.socket(AF_UNIX, SOCK_DGRAM)
    return { kernel, task }
  }

  it('bytes or a buffer that are none: EINVAL; detached ones: EFAULT; nothing changes', async () => {
    const { kernel, task } = withSockets()
    const calls: ((wrong: never) => unknown)[] = [
      (wrong) => task.sendErrno(0, wrong),
      (wrong) => task.sendtoErrno(2, wrong, 0, 'a'),
      (wrong) => task.recvErrno(0, wrong),
      (wrong) => task.recvfromErrno(0, wrong, 0, bytes()),
      (wrong) => task.recvfromErrno(0, bytes(), 0, wrong),
    ]
    const waits: ((wrong: never) => Promise<unknown>)[] = [
      (wrong) => task.sendAsync(0, wrong),
      (wrong) => task.sendtoAsync(2, wrong, 0, 'a'),
      (wrong) => task.recvAsync(0, wrong),
      (wrong) => task.recvfromAsync(0, wrong),
    ]
    const before = kernel.lsof()
    for (const wrong of ['text', null, 5, {}, [1], new ArrayBuffer(8), new Uint16Array(4)]) {
      expect(calls.map((call) => call(wrong as never))).toEqual(calls.map(() => EINVAL))
      for (const call of waits) expect(await outcomeOf(call(wrong as never))).toBe('EINVAL')
    }
    expect(calls.map((call) => call(detached() as never))).toEqual(calls.map(() => EFAULT))
    for (const call of waits) expect(await outcomeOf(call(detached() as never))).toBe('EFAULT')
    expect(kernel.lsof()).toEqual(before)
    expect(() => task.send(0, 'text' as never)).toThrow('EINVAL: bytes must be a Uint8Array, got "text", send (handle 0')
  })

  it('an address that is no text or holds a NUL: EINVAL, and nothing changes', () => {
    const { kernel, task } = withSockets()
    expectUnchanged(kernel, () => {
      for (const wrong of [5, null, {}, ['a'], Symbol('s'), 'a\0b'] as never[]) {
        expect([task.bindErrno(2, wrong), task.connectErrno(2, wrong), task.sendtoErrno(2, bytes(), 0, wrong)]).toEqual([
          EINVAL,
          EINVAL,
          EINVAL,
        ])
      }
      expect([task.bindErrno(2, undefined as never), task.connectErrno(2, undefined as never)]).toEqual([EINVAL, EINVAL])
    })
    expect(() => task.connect(2, 5 as never)).toThrow('EINVAL: address must be a text, got 5, connect (handle 2')
  })

  it('domains, types, protocols, flags, levels, names, values that are no integers: EINVAL, and nothing changes', async () => {
    const { kernel, task } = withSockets()
    const calls: ((wrong: never) => unknown)[] = [
      (wrong) => task.socketErrno(wrong, SOCK_STREAM),
      (wrong) => task.socketErrno(AF_UNIX, wrong),
      (wrong) => task.socketErrno(AF_UNIX, SOCK_STREAM, wrong),
      (wrong) => task.socketpairErrno(wrong, SOCK_STREAM),
      (wrong) => task.socketpairErrno(AF_UNIX, wrong),
      (wrong) => task.socketpairErrno(AF_UNIX, SOCK_STREAM, wrong),
      (wrong) => task.listenErrno(2, wrong),
      (wrong) => task.accept4Errno(2, wrong),
      (wrong) => task.shutdownErrno(0, wrong),
      (wrong) => task.sendErrno(0, bytes(), wrong),
      (wrong) => task.sendtoErrno(2, bytes(), wrong, 'a'),
      (wrong) => task.recvErrno(0, bytes(), wrong),
      (wrong) => task.recvfromErrno(0, bytes(), wrong, bytes()),
      (wrong) => task.getsockoptErrno(0, wrong, 3),
      (wrong) => task.getsockoptErrno(0, 1, wrong),
      (wrong) => task.setsockoptErrno(0, wrong, 9, 1),
      (wrong) => task.setsockoptErrno(0, 1, wrong, 1),
      (wrong) => task.setsockoptErrno(0, 1, 9, wrong),
    ]
    const waits: ((wrong: never) => Promise<unknown>)[] = [
      (wrong) => task.listenAsync(2, wrong),
      (wrong) => task.accept4Async(2, wrong),
      (wrong) => task.sendAsync(0, bytes(), wrong),
      (wrong) => task.recvAsync(0, bytes(), wrong),
      (wrong) => task.recvfromAsync(0, bytes(), wrong),
    ]
    const before = kernel.lsof()
    for (const wrong of [0.5, NaN, Infinity, '1', null, {}, 0n] as never[]) {
      expect([wrong, calls.map((call) => call(wrong))]).toEqual([wrong, calls.map(() => EINVAL)])
      for (const call of waits) expect(await outcomeOf(call(wrong))).toBe('EINVAL')
    }
    expect(kernel.lsof()).toEqual(before)
    expect(() => task.socket(AF_UNIX, 'x' as never)).toThrow('EINVAL: type must be known flags, got "x", socket (task')
    expect(() => task.getsockopt(0, 1, 0.5)).toThrow('EINVAL: name must be an integer')
  })

  it('options of one that waits that are none: EINVAL, and nothing is taken', async () => {
    const { task } = withSockets()
    task.send(0, bytes())
    for (const options of [5, null, { timeoutMs: -1 }, { timeoutMs: 'x' }, { signal: 5 }] as never[]) {
      expect(await outcomeOf(task.recvAsync(1, bytes(), 0, options))).toBe('EINVAL')
      expect(await outcomeOf(task.accept4Async(2, 0, options))).toBe('EINVAL')
      expect(await outcomeOf(task.connectAsync(2, 'a', options))).toBe('EINVAL')
    }
    expect(task.recv(1, bytes())).toBe(8)
  })
})

describe('a path that is none', () => {
  const calls: Record<string, (task: Task, path: string) => unknown> = {
    open: (task, path) => task.openErrno(path, O_CREAT),
    openat: (task, path) => task.openatErrno(0, path),
    mkdir: (task, path) => task.mkdirErrno(path),
    unlink: (task, path) => task.unlinkErrno(path),
    rmdir: (task, path) => task.rmdirErrno(path),
    rename: (task, path) => task.renameErrno(path, '/g'),
    'rename to': (task, path) => task.renameErrno('/f', path),
    link: (task, path) => task.linkErrno(path, '/g'),
    'link to': (task, path) => task.linkErrno('/f', path),
    symlink: (task, path) => task.symlinkErrno('f', path),
    'symlink to': (task, path) => task.symlinkErrno(path, '/g'),
    readlink: (task, path) => task.readlinkErrno(path),
    chmod: (task, path) => task.chmodErrno(path, 0),
    utimes: (task, path) => task.utimesErrno(path, 0, 0),
    stat: (task, path) => task.statErrno(path, new Uint8Array(200)),
    lstat: (task, path) => task.lstatErrno(path, new Uint8Array(200)),
    chdir: (task, path) => task.chdirErrno(path),
  }
  for (const [name, call] of Object.entries(calls)) {
    it(`${name}: EINVAL, and nothing changes`, () => {
      const kernel = kernelWith()
      const task = idleTask({}, kernel)
      task.open('/f', O_CREAT)
      expectUnchanged(kernel, () => {
        for (const path of [5, null, undefined, {}, ['/f'], Symbol('s'), '/f\0']) expect(call(task, path as never)).toBe(EINVAL)
        expect(task.readdir('/').map((it) => it.name)).toEqual(['.', '..', 'f'])
      })
    })
  }
})

describe('numbers that are none', () => {
  const NO_INTEGERS: unknown[] = [0.5, NaN, Infinity, '1', null, {}, 0n]

  it('positions, lengths, flags, modes, times, commands, limits: EINVAL, and nothing changes', () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    task.open('/f', O_CREAT | O_RDWR)
    task.open('/')
    const calls: ((wrong: never) => unknown)[] = [
      (wrong) => task.preadErrno(0, bytes(), wrong),
      (wrong) => task.pwriteErrno(0, bytes(), wrong),
      (wrong) => task.lseekErrno(0, wrong, 0),
      (wrong) => task.ftruncateErrno(0, wrong),
      (wrong) => task.openErrno('/f', wrong),
      (wrong) => task.openErrno('/g', O_CREAT, wrong),
      (wrong) => task.mkdirErrno('/d', wrong),
      (wrong) => task.unlinkatErrno(1, 'f', wrong),
      (wrong) => task.renameatErrno(1, 'f', 1, 'g', wrong),
      (wrong) => task.linkatErrno(1, 'f', 1, 'g', wrong),
      (wrong) => task.chmodErrno('/f', wrong),
      (wrong) => task.fchmodErrno(0, wrong),
      (wrong) => task.utimesErrno('/f', wrong, 0),
      (wrong) => task.futimensErrno(0, 0, wrong),
      (wrong) => task.dup3Errno(0, 5, wrong),
      (wrong) => task.fcntlErrno(0, wrong),
      (wrong) => task.fcntlErrno(0, 0, wrong),
      (wrong) => task.ioctlErrno(0, wrong, bytes()),
      (wrong) => task.closeRangeErrno(wrong, 3),
      (wrong) => task.closeRangeErrno(0, 3, wrong),
      (wrong) => task.pipe2Errno(wrong),
      (wrong) => task.umaskErrno(wrong),
      (wrong) => task.setHandleLimitErrno(wrong),
      (wrong) => task.killErrno(wrong, 9),
      (wrong) => task.getdentsErrno(1, new Uint8Array(100), wrong),
    ]
    expectUnchanged(kernel, () => {
      for (const [i, call] of calls.entries()) {
        for (const wrong of NO_INTEGERS) expect([i, wrong, call(wrong as never)]).toEqual([i, wrong, EINVAL])
      }
    })
    for (const wrong of NO_INTEGERS) expect(task.lseekErrno(0, 0, wrong as never)).toSatisfy((it) => it === EINVAL || it === 0)
  })

  it('a target of dup2 that is no number is EINVAL, one that names nothing EBADF', () => {
    const kernel = kernelWith()
    const task = idleTask({ stdin: createSource('x') }, kernel)
    expectUnchanged(kernel, () => {
      for (const target of NO_NUMBERS) expect(task.dup2Errno(0, target as never)).toBe(EINVAL)
      for (const target of [-1, 0.5, NaN, Infinity, 1024]) expect(task.dup2Errno(0, target)).toBe(EBADF)
    })
  })

  it('a role that is none: EINVAL, and it stays', () => {
    const kernel = kernelWith()
    const task = idleTask({ stdin: createSource('x') }, kernel)
    expectUnchanged(kernel, () => {
      for (const role of [
        null,
        5,
        'Regular',
        { handleType: '' },
        { other: 1 },
        { handleType: 5 },
        { accessMode: 'x' },
        { accessMode: 5 },
      ]) {
        expect(task.setHandleRoleErrno(0, role as never)).toBe(EINVAL)
      }
    })
  })

  it('a cookie below −1: EINVAL', () => {
    const task = idleTask()
    task.open('/')
    expect(task.getdentsErrno(0, new Uint8Array(100), -2)).toBe(EINVAL)
  })
})

describe('what a maker of pipes gives', () => {
  it('is checked by the table, and let go when it cannot be placed', () => {
    const kernel = kernelWith({
      pipe: () => {
        throw new Error('no pipes today')
      },
    })
    const task = idleTask({}, kernel)
    expect(task.pipe2Errno()).toBe(-5)
    expect(outcome(() => task.pipe2())).toBe('EIO')
    expect(task.table.openCount()).toBe(0)
  })
})

describe('the numbers of errors', () => {
  it('are those that core has', () => {
    for (const [code, number] of Object.entries(numbers)) expect([code, errnoOf(code)]).toEqual([code, number])
  })
})
