import { describe, expect, it } from 'vitest'
import { APPEND, defineKind, FileOps, implement, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY, StreamOps } from '@ht/core'
import { F_SETFL } from '../src/index.js'
import { createSource } from '../src/stdio/index.js'
import { idleTask, kernelWith, outcome, text, untilEnd, utf8 } from './support/kernel.js'

const buffer = () => new Uint8Array(100)

describe('read and write', () => {
  it('move bytes, and share the offset with a duplicate', () => {
    const task = idleTask()
    const file = task.open('/f', O_RDWR | O_CREAT)
    const copy = task.dup(file)
    expect(task.write(file, utf8('hello '))).toBe(6)
    expect(task.write(copy, utf8('world'))).toBe(5)
    task.lseek(file, 0, 0)
    const got = buffer()
    expect(task.read(copy, got)).toBe(11)
    expect(text(got.subarray(0, 11))).toBe('hello world')
    expect(task.read(file, got)).toBe(0)
  })

  it('a read of a handle that cannot be read, a write of one that cannot be written: EBADF', () => {
    const task = idleTask()
    const file = task.open('/f', O_WRONLY | O_CREAT)
    const readable = task.open('/f', O_RDONLY)
    const [r, w] = task.pipe2()
    for (const handle of [file, w]) expect(task.readErrno(handle, buffer())).toBe(-9)
    for (const handle of [readable, r]) expect(task.writeErrno(handle, buffer())).toBe(-9)
  })

  it('the mode is looked at before the length: a read of 0 bytes fails too', () => {
    const task = idleTask()
    expect(task.readErrno(task.open('/f', O_WRONLY | O_CREAT), new Uint8Array(0))).toBe(-9)
  })

  it('the handle’s mode counts as the object’s does, and a duplicate has its handle’s', () => {
    const task = idleTask()
    const file = task.open('/f', O_RDWR | O_CREAT)
    const narrow = task.dup(file)
    task.setHandleRole(narrow, { accessMode: 'ReadOnly' })
    const copy = task.dup(narrow)
    for (const handle of [narrow, copy]) {
      expect(task.writeErrno(handle, utf8('x'))).toBe(-9)
      expect(task.pwriteErrno(handle, utf8('x'), 0)).toBe(-9)
      expect(task.readErrno(handle, buffer())).toBe(0)
    }
    expect(task.write(file, utf8('x'))).toBe(1)
    task.setHandleRole(file, { accessMode: 'WriteOnly' })
    expect([task.readErrno(file, buffer()), task.readvErrno(file, [buffer()]), task.preadErrno(file, buffer(), 0)]).toEqual([
      -9, -9, -9,
    ])
  })

  it('reading a directory: EISDIR; writing one: EBADF', () => {
    const task = idleTask()
    const directory = task.open('/')
    expect([task.readErrno(directory, buffer()), task.readErrno(directory, new Uint8Array(0))]).toEqual([-21, -21])
    expect(task.preadErrno(directory, buffer(), 0)).toBe(-21)
    expect(task.writeErrno(directory, buffer())).toBe(-9)
  })

  it('what is no stream: EINVAL', () => {
    const plain = defineKind({ name: 'test-plain' })
    const kernel = kernelWith({ kinds: [plain] as never, root: undefined as never })
    const task = kernel.spawn(async () => {}, { handles: { 3: plain.open(undefined) } })
    expect(task.readErrno(3, buffer())).toBe(-22)
    expect(task.writeErrno(3, buffer())).toBe(-22)
    expect(task.preadErrno(3, buffer(), 0)).toBe(-29)
    expect(task.lseekErrno(3, 0, 0)).toBe(-29)
    expect(task.fsyncErrno(3)).toBe(-22)
    expect(task.ftruncateErrno(3, 0)).toBe(-22)
    expect(task.ioctlErrno(3, 1, buffer())).toBe(-25)
    expect(task.getdentsErrno(3, buffer())).toBe(-20)
  })

  it('never wait: an empty pipe is EAGAIN, whether it is non-blocking or not', () => {
    const task = idleTask()
    const [r] = task.pipe2()
    expect(task.readErrno(r, buffer())).toBe(-11)
    expect(outcome(() => task.read(r, buffer()))).toBe('EAGAIN')
  })

  it('an object whose kind throws: EIO, with what it threw as the cause, and the borrow has ended', async () => {
    let released = 0
    const broken = defineKind({
      name: 'test-broken',
      capabilities: [
        implement(StreamOps, {
          read: () => {
            throw new TypeError('broken')
          },
        }),
      ],
      release: () => {
        released++
      },
    })
    const kernel = kernelWith({ kinds: [broken] as never, root: undefined as never })
    const task = kernel.spawn(untilEnd, { handles: { 3: broken.open(undefined) } })
    expect(task.readErrno(3, buffer())).toBe(-5)
    const error = (() => {
      try {
        return task.read(3, buffer())
      } catch (thrown) {
        return thrown as Error
      }
    })()
    expect(error).toMatchObject({ code: 'EIO', syscall: 'read', handle: 3, cause: { message: 'broken' } })
    await expect(task.readAsync(3, buffer())).rejects.toMatchObject({
      code: 'EIO',
      syscall: 'read',
      handle: 3,
      cause: { message: 'broken' },
    })
    task.close(3)
    expect(released).toBe(1)
  })

  it('an error names call, handle and task', () => {
    const task = idleTask()
    expect(() => task.read(7, buffer())).toThrow(`EBADF: bad file descriptor, read (handle 7, task ${String(task.id)})`)
  })
})

describe('readv and writev', () => {
  it('fill the buffers in order, until one is not filled', () => {
    const task = idleTask()
    const file = task.open('/f', O_RDWR | O_CREAT)
    expect(task.writev(file, [utf8('ab'), utf8(''), utf8('cde')])).toBe(5)
    task.lseek(file, 0, 0)
    const [first, second, third] = [new Uint8Array(2), new Uint8Array(2), new Uint8Array(2)]
    expect(task.readv(file, [first, second, third])).toBe(5)
    expect(text(first) + text(second) + text(third.subarray(0, 1))).toBe('abcde')
    expect(task.readv(file, [first])).toBe(0)
  })

  it('writev is one write: atomic in a pipe, and at the end in append', () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    task.write(w, new Uint8Array(65_536 - 10))
    expect(task.writevErrno(w, [new Uint8Array(8), new Uint8Array(8)])).toBe(-11)
    expect(task.bytesWaiting(r)).toBe(65_526)
    const file = task.open('/f', O_RDWR | O_CREAT)
    task.fcntl(file, F_SETFL, APPEND)
    task.write(file, utf8('x'))
    task.lseek(file, 0, 0)
    expect(task.writev(file, [utf8('a'), utf8('b')])).toBe(2)
    expect(task.fstat(file).size).toBe(3)
  })

  it('an empty list is 0, after the mode was looked at', () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    expect([task.readvErrno(r, []), task.writevErrno(w, []), task.writevErrno(r, [])]).toEqual([0, 0, -9])
  })

  it('more than 1024 buffers: EINVAL, after the mode was looked at', () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const many = Array.from({ length: 1025 }, () => new Uint8Array(1))
    expect([task.readvErrno(r, many), task.readvErrno(w, many), task.writevErrno(w, many)]).toEqual([-22, -9, -22])
    expect(task.writevErrno(w, many.slice(1))).toBe(1024)
  })

  it('nothing is read after a buffer that was not filled', () => {
    const task = idleTask({ stdin: createSource(['ab', 'cd']) })
    expect(task.readv(0, [new Uint8Array(4), new Uint8Array(4)])).toBe(2)
  })

  it('what was read before there was no more counts', () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    task.write(w, utf8('abc'))
    expect(task.readv(r, [new Uint8Array(3), new Uint8Array(3)])).toBe(3)
    expect(task.readvErrno(r, [new Uint8Array(3)])).toBe(-11)
  })
})

describe('positions', () => {
  it('pread and pwrite leave the offset alone', () => {
    const task = idleTask()
    const file = task.open('/f', O_RDWR | O_CREAT)
    expect(task.pwrite(file, utf8('abc'), 2)).toBe(3)
    const got = buffer()
    expect(task.pread(file, got, 3)).toBe(2)
    expect(text(got.subarray(0, 2))).toBe('bc')
    expect(task.lseek(file, 0, 1)).toBe(0)
  })

  it('on a pipe: ESPIPE, before the mode is looked at', () => {
    const task = idleTask()
    for (const end of task.pipe2()) {
      expect(task.preadErrno(end, buffer(), 0)).toBe(-29)
      expect(task.pwriteErrno(end, buffer(), 0)).toBe(-29)
      expect(task.lseekErrno(end, 0, 0)).toBe(-29)
    }
  })

  it('on what is a file in all but that: ESPIPE, before the mode is looked at', () => {
    const counter = defineKind({ name: 'test-counter', capabilities: [implement(FileOps, { stat: () => 0 })] })
    const kernel = kernelWith({ kinds: [counter] as never, root: undefined as never })
    const task = idleTask({ stdin: counter.open(undefined, { accessMode: 'ReadOnly' }) }, kernel)
    expect([task.preadErrno(0, buffer(), 0), task.pwriteErrno(0, buffer(), 0), task.lseekErrno(0, 0, 0)]).toEqual([-29, -29, -29])
  })

  it('a negative position: EINVAL, even where the handle is closed', () => {
    const task = idleTask()
    expect([task.preadErrno(99, buffer(), -1), task.pwriteErrno(99, buffer(), -1)]).toEqual([-22, -22])
    expect([task.preadErrno(99, buffer(), 0), task.pwriteErrno(99, buffer(), 0)]).toEqual([-9, -9])
  })

  it('of the wrong mode: EBADF', () => {
    const task = idleTask()
    const file = task.open('/f', O_WRONLY | O_CREAT)
    expect(task.preadErrno(file, buffer(), 0)).toBe(-9)
    expect(task.pwriteErrno(task.open('/f'), buffer(), 0)).toBe(-9)
  })

  it('lseek: an origin that there is not is EINVAL before ESPIPE, and after EBADF', () => {
    const task = idleTask()
    const [r] = task.pipe2()
    expect([task.lseekErrno(r, 0, 9), task.lseekErrno(99, 0, 9)]).toEqual([-22, -9])
  })

  it('ftruncate: what is no file, or cannot be written, is EINVAL; a negative length is, before EBADF', () => {
    const task = idleTask()
    const file = task.open('/f', O_RDWR | O_CREAT)
    const [, w] = task.pipe2()
    expect([
      task.ftruncateErrno(file, 10),
      task.ftruncateErrno(task.open('/f'), 1),
      task.ftruncateErrno(w, 1),
      task.ftruncateErrno(task.open('/'), 1),
      task.ftruncateErrno(99, -1),
      task.ftruncateErrno(99, 1),
    ]).toEqual([0, -22, -22, -22, -22, -9])
    expect(task.fstat(file).size).toBe(10)
  })

  it('fsync: a file is stored, a pipe is EINVAL', () => {
    const task = idleTask()
    const [r] = task.pipe2()
    expect([task.fsyncErrno(task.open('/f', O_CREAT)), task.fsyncErrno(r), task.fsyncErrno(99)]).toEqual([0, -22, -9])
  })
})
