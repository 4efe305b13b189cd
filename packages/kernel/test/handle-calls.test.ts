import { describe, expect, it } from 'vitest'
import {
  APPEND,
  FIONREAD,
  NONBLOCK,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_LARGEFILE,
  O_NONBLOCK,
  O_RDWR,
  O_SYNC,
  O_WRONLY,
  SYNC,
} from '@ht/core'
import {
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  createKernel,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETPIPE_SZ,
  F_SETFD,
  F_SETFL,
  F_SETPIPE_SZ,
  FD_CLOEXEC,
} from '../src/index.js'
import { createSource } from '../src/stdio/index.js'
import { acting, expectUnchanged, idleTask, kernelWith, outcome, utf8 } from './support/kernel.js'

const file = O_CREAT | O_RDWR

describe('close', () => {
  it('frees the number; a second time is EBADF', () => {
    const task = idleTask()
    const handle = task.open('/f', file)
    expect([task.closeErrno(handle), task.closeErrno(handle)]).toEqual([0, -9])
  })
})

describe('closeRange', () => {
  it('closes what is open there, and nothing open there is no error', () => {
    const task = idleTask()
    for (let i = 0; i < 5; i++) task.open('/f', file)
    task.closeRange(1, 3)
    expect(task.table.activeHandles()).toEqual([0, 4])
    expect(task.closeRangeErrno(500, 600)).toBe(0)
    expect(task.closeRangeErrno(1, Infinity)).toBe(0)
    expect(task.table.activeHandles()).toEqual([0])
  })

  it('a first over the last, or other flags: EINVAL, and the table is still shared', () => {
    const task = idleTask()
    task.open('/f', file)
    const twin = acting(task).clone(async () => {}, { files: true })
    expect([task.closeRangeErrno(5, 4, CLOSE_RANGE_UNSHARE), task.closeRangeErrno(0, 1, 8), task.closeRangeErrno(-1, 1)]).toEqual(
      [-22, -22, -22],
    )
    task.close(0)
    expect(twin.table.openCount()).toBe(0)
  })

  it('CLOEXEC marks, and does not close', () => {
    const task = idleTask()
    for (let i = 0; i < 3; i++) task.open('/f', file)
    task.closeRange(1, 100, CLOSE_RANGE_CLOEXEC)
    expect([0, 1, 2].map((handle) => task.fcntl(handle, F_GETFD))).toEqual([0, 1, 1])
  })

  it('UNSHARE leaves the others their table', () => {
    const task = idleTask()
    for (let i = 0; i < 3; i++) task.open('/f', file)
    const twin = acting(task).clone(async () => {}, { files: true })
    task.closeRange(1, 2, CLOSE_RANGE_UNSHARE)
    expect([task.table.openCount(), twin.table.openCount()]).toEqual([1, 3])
    task.close(0)
    expect(twin.table.openCount()).toBe(3)
  })
})

describe('dup, dup2 and dup3', () => {
  it('dup gives the lowest free number, without close-on-exec', () => {
    const task = idleTask()
    const first = task.open('/f', file | O_CLOEXEC)
    const copy = task.dup(first)
    expect([copy, task.fcntl(copy, F_GETFD), task.fcntl(first, F_GETFD)]).toEqual([1, 0, 1])
    expect(task.dupErrno(99)).toBe(-9)
    task.setHandleLimit(2)
    expect(task.dupErrno(0)).toBe(-24)
    expect(task.dupErrno(99)).toBe(-9)
  })

  it('dup2 replaces; equal numbers change nothing; a bad number is EBADF and changes nothing', () => {
    const task = idleTask()
    task.open('/f', file | O_CLOEXEC)
    task.open('/g', file)
    expect(task.dup2(0, 0)).toBe(0)
    expect(task.fcntl(0, F_GETFD)).toBe(1)
    expect([task.dup2Errno(99, 1), task.dup2Errno(0, 1024), task.dup2Errno(0, -1), task.dup2Errno(99, 99)]).toEqual([
      -9, -9, -9, -9,
    ])
    expect(task.queryHandle(1).id).not.toBe(task.queryHandle(0).id)
    expect(task.dup2(0, 1)).toBe(1)
    expect(task.queryHandle(1).id).toBe(task.queryHandle(0).id)
  })

  it('dup3: equal numbers and other flags are EINVAL, also of closed handles', () => {
    const task = idleTask()
    task.open('/f', file)
    expect([task.dup3Errno(99, 99), task.dup3Errno(99, 50, 1), task.dup3Errno(0, 0, O_CLOEXEC), task.dup3Errno(99, 5)]).toEqual([
      -22, -22, -22, -9,
    ])
    expect([task.dup3(0, 5, O_CLOEXEC), task.fcntl(5, F_GETFD)]).toEqual([5, FD_CLOEXEC])
  })
})

describe('fcntl', () => {
  it('F_DUPFD and F_DUPFD_CLOEXEC take the lowest number from a minimum on', () => {
    const task = idleTask()
    task.open('/f', file)
    expect([task.fcntl(0, F_DUPFD, 10), task.fcntl(0, F_DUPFD, 10), task.fcntl(0, F_DUPFD_CLOEXEC, 20)]).toEqual([10, 11, 20])
    expect([10, 20].map((handle) => task.fcntl(handle, F_GETFD))).toEqual([0, 1])
  })

  it('F_DUPFD: a bad source is EBADF, then a bad minimum EINVAL, then none free EMFILE', () => {
    const task = idleTask()
    task.open('/f', file)
    expect([task.fcntlErrno(99, F_DUPFD, -1), task.fcntlErrno(0, F_DUPFD, -1), task.fcntlErrno(0, F_DUPFD, 1024)]).toEqual([
      -9, -22, -22,
    ])
    task.setHandleLimit(1)
    expect([task.fcntlErrno(0, F_DUPFD, 0), task.fcntlErrno(0, F_DUPFD, 1)]).toEqual([-24, -22])
    task.setHandleLimit(0)
    expect([task.fcntlErrno(0, F_DUPFD, 0), task.dupErrno(0)]).toEqual([-22, -24])
  })

  it('F_SETFD is the handle’s own', () => {
    const task = idleTask()
    task.open('/f', file)
    task.dup(0)
    expect(task.fcntl(0, F_SETFD, FD_CLOEXEC)).toBe(0)
    expect([0, 1].map((handle) => task.fcntl(handle, F_GETFD))).toEqual([1, 0])
  })

  it('F_SETFL changes append and non-blocking of the open object, and nothing else', () => {
    const task = idleTask()
    task.open('/f', file | O_SYNC)
    task.dup(0)
    expect(task.fcntl(0, F_SETFL, APPEND | NONBLOCK | O_WRONLY)).toBe(0)
    expect(task.fcntl(1, F_GETFL)).toBe(O_LARGEFILE | O_RDWR | O_APPEND | O_NONBLOCK | O_SYNC)
    task.fcntl(1, F_SETFL, 0)
    expect(task.fcntl(0, F_GETFL)).toBe(O_LARGEFILE | O_RDWR | SYNC)
  })

  it('F_GETFL shows the mode', () => {
    const task = idleTask()
    const [r, w] = task.pipe2(O_NONBLOCK)
    expect([task.fcntl(r, F_GETFL), task.fcntl(w, F_GETFL)]).toEqual([O_NONBLOCK, O_WRONLY | O_NONBLOCK])
    const narrow = task.open('/f', file)
    task.setHandleRole(narrow, { accessMode: 'ReadOnly' })
    expect(task.fcntl(narrow, F_GETFL)).toBe(O_LARGEFILE)
  })

  it('F_SETPIPE_SZ rounds up; what is no pipe is EBADF', () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    expect(task.fcntl(r, F_GETPIPE_SZ)).toBe(65_536)
    expect([task.fcntl(w, F_SETPIPE_SZ, 5000), task.fcntl(r, F_GETPIPE_SZ)]).toEqual([8192, 8192])
    const other = task.open('/f', file)
    expect([
      task.fcntlErrno(other, F_GETPIPE_SZ),
      task.fcntlErrno(other, F_SETPIPE_SZ, 1),
      task.fcntlErrno(r, F_SETPIPE_SZ, -1),
    ]).toEqual([-9, -9, -22])
    expect(task.fcntlErrno(r, F_SETPIPE_SZ, 1 << 21)).toBe(-1)
  })

  it('another command: EINVAL, after EBADF', () => {
    const task = idleTask()
    task.open('/f', file)
    expect([task.fcntlErrno(0, 9999), task.fcntlErrno(9, 9999)]).toEqual([-22, -9])
  })
})

describe('pipe2', () => {
  it('gives the two lowest free numbers, with the flags from the start', () => {
    const task = idleTask()
    task.open('/f', file)
    expect(task.pipe2(O_CLOEXEC | O_NONBLOCK)).toEqual([1, 2])
    expect([1, 2].map((handle) => task.fcntl(handle, F_GETFD))).toEqual([1, 1])
    expect(task.fcntl(1, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK)
    expect(task.queryHandle(1).accessMode).toBe(1)
  })

  it('with one number free: EMFILE, and it stays free', () => {
    const kernel = kernelWith()
    const task = idleTask({ limit: 1 }, kernel)
    expectUnchanged(kernel, () => {
      expect(task.pipe2Errno()).toBe(-24)
    })
    expect(task.open('/f', file)).toBe(0)
  })

  it('other flags: EINVAL', () => {
    expect(idleTask({ limit: 0 }).pipe2Errno(1)).toBe(-22)
  })

  it('a kernel that was given no pipes says so: ENOSYS', () => {
    const task = idleTask({}, createKernel())
    expect(() => task.pipe2()).toThrow('ENOSYS: createKernel was given no `pipe`')
    expect(task.pipe2Errno()).toBe(-38)
  })
})

describe('bytes waiting', () => {
  it('of a pipe, of a file; ENOTTY for what does not know', () => {
    const task = idleTask({ stdin: createSource('abc') })
    const [r, w] = task.pipe2()
    task.write(w, utf8('hello'))
    const count = new Int32Array(1)
    expect([task.ioctl(r, FIONREAD, new Uint8Array(count.buffer)), count[0], task.bytesWaiting(r)]).toEqual([0, 5, 5])
    expect([task.bytesWaitingErrno(99), task.bytesWaitingErrno(task.open('/')), task.bytesWaitingErrno(0)]).toEqual([
      -9, -25, -25,
    ])
    expect(task.ioctlErrno(r, 12345, new Uint8Array(8))).toBe(-25)
  })
})

describe('the limit of handles', () => {
  it('moves under what is open, which stays open', () => {
    const task = idleTask()
    for (let i = 0; i < 3; i++) task.open('/f', file)
    task.setHandleLimit(1)
    expect([task.getHandleLimit(), task.openErrno('/f'), task.writeErrno(2, utf8('x'))]).toEqual([1, -24, 1])
    expect([task.setHandleLimitErrno(1025), task.setHandleLimitErrno(-1)]).toEqual([-22, -22])
  })
})

describe('a handle’s role', () => {
  it('queryHandle tells kind, role, mode and counts', () => {
    const task = idleTask()
    const [r] = task.pipe2()
    task.dup(r)
    expect(task.queryHandle(r)).toMatchObject({ objectType: 2, kindName: 'ht:pipe', handleRole: 2, accessMode: 1, holders: 2 })
    expect(task.queryHandleErrno(99)).toBe(-9)
  })

  it('changes for this handle alone, and keeps close-on-exec', () => {
    const task = idleTask()
    task.open('/f', file | O_CLOEXEC)
    task.dup(0)
    task.setHandleRole(0, { handleType: 'LogOutput' })
    expect(task.table.getMetadata(0)).toEqual({
      handleType: 'LogOutput',
      accessMode: 'ReadWrite',
      specialSemantics: ['CloseOnExec'],
    })
    expect(task.queryHandle(1).handleType).toBe('Regular')
  })

  it('the mode is only narrowed: EPERM, and it stays', () => {
    const task = idleTask()
    task.open('/f', file)
    task.setHandleRole(0, { accessMode: 'WriteOnly' })
    expect([
      task.setHandleRoleErrno(0, { accessMode: 'ReadOnly' }),
      task.setHandleRoleErrno(0, { accessMode: 'ReadWrite' }),
    ]).toEqual([-1, -1])
    expect(task.setHandleRoleErrno(0, { accessMode: 'WriteOnly' })).toBe(0)
    expect(task.queryHandle(0).accessMode).toBe(2)
    expect(outcome(() => task.setHandleRole(9, {}))).toBe('EBADF')
  })
})
