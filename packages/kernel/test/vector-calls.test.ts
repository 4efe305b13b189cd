import { describe, expect, it } from 'vitest'
import { defineKind, errnoOf, implement, IN, O_APPEND, O_CREAT, O_RDONLY, O_RDWR, StreamOps, WaitQueue } from '@ht/core'
import { AF_UNIX, SHUT_RD, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from '@ht/core/socket'
import { memoryKinds } from '@ht/file/memory'
import { pipeKind } from '@ht/pipe'
import type { Task } from '../src/index.js'
import { idleTask, kernelWith, outcomeOf, text, utf8 } from './support/kernel.js'

const MIB = 1_048_576
const EPIPE = -errnoOf('EPIPE')
const EAGAIN = -errnoOf('EAGAIN')

/** The forms of the calls that this thread has. What a promise rejects with is −errno too. */
const forms = {
  'at once': {
    readv: (task: Task, handle: number, buffers: Uint8Array[]) => Promise.resolve(task.readvErrno(handle, buffers)),
    writev: (task: Task, handle: number, buffers: Uint8Array[]) => Promise.resolve(task.writevErrno(handle, buffers)),
  },
  'by a promise': {
    readv: (task: Task, handle: number, buffers: Uint8Array[]) => errnoIn(task.readvAsync(handle, buffers)),
    writev: (task: Task, handle: number, buffers: Uint8Array[]) => errnoIn(task.writevAsync(handle, buffers)),
  },
}

async function errnoIn(promise: Promise<number>): Promise<number> {
  const answer = await outcomeOf(promise)
  return typeof answer === 'number' ? answer : -errnoOf(answer as 'EPIPE')
}

const buffers = (...lengths: number[]) => lengths.map((length) => new Uint8Array(length).fill(46))
const texts = (list: readonly Uint8Array[]) => list.map(text)

/** A kind whose objects tell of each call of theirs. */
function recorder(calls: [string, number][], answer = (length: number) => length) {
  return defineKind({
    name: 'test-recorder',
    capabilities: [
      implement(StreamOps, {
        read(_, buffer) {
          calls.push(['read', buffer.length])
          return answer(buffer.length)
        },
        write(_, bytes) {
          calls.push(['write', bytes.length])
          return answer(bytes.length)
        },
      }),
    ],
  })
}

for (const [name, { readv, writev }] of Object.entries(forms)) {
  describe(`readv and writev, ${name}`, () => {
    it('read a datagram whole over the buffers, and leave the next one', async () => {
      const task = idleTask()
      const [a, b] = task.socketpair(AF_UNIX, SOCK_DGRAM)
      for (const sent of ['hello', 'next']) task.write(a, utf8(sent))
      const first = buffers(2, 0, 4)
      expect(await readv(task, b, first)).toBe(5)
      expect(texts(first)).toEqual(['he', '', 'llo.'])
      const second = buffers(1, 1)
      expect(await readv(task, b, second)).toBe(2)
      expect(texts(second)).toEqual(['n', 'e'])
      expect(task.readErrno(b, new Uint8Array(1))).toBe(EAGAIN)
    })

    it('write one datagram of all buffers', async () => {
      const task = idleTask()
      const [a, b] = task.socketpair(AF_UNIX, SOCK_DGRAM)
      expect(await writev(task, a, ['one ', '', 'message'].map(utf8))).toBe(11)
      const got = new Uint8Array(64)
      expect(text(got.subarray(0, task.read(b, got)))).toBe('one message')
      expect(task.readErrno(b, got)).toBe(EAGAIN)
    })

    it('without any bytes reach nothing: no datagram, no EPIPE and no SIGPIPE', async () => {
      const task = idleTask()
      const [a, b] = task.socketpair(AF_UNIX, SOCK_DGRAM)
      const [c] = task.socketpair(AF_UNIX, SOCK_STREAM)
      task.shutdown(c, SHUT_WR)
      for (const nothing of [[], buffers(0), buffers(0, 0)]) {
        expect(await writev(task, a, nothing)).toBe(0)
        expect(await writev(task, c, nothing)).toBe(0)
        expect(await readv(task, b, nothing)).toBe(0)
      }
      expect(task.readErrno(b, new Uint8Array(1))).toBe(EAGAIN)
      expect(task.ended).toBeUndefined()
    })

    it('without any bytes check the handle: EBADF where it is closed or has not the mode, EINVAL for what is no stream', async () => {
      const plain = defineKind({ name: 'test-plain' })
      const task = idleTask(
        { handles: { 5: plain.open(undefined) } },
        kernelWith({ kinds: [plain, pipeKind], root: undefined as never }),
      )
      const [r, w] = task.pipe2()
      for (const handle of [r, 99]) expect(await writev(task, handle, [])).toBe(-errnoOf('EBADF'))
      for (const handle of [w, 99]) expect(await readv(task, handle, [])).toBe(-errnoOf('EBADF'))
      expect(await readv(task, 5, [])).toBe(-errnoOf('EINVAL'))
      expect(await writev(task, 5, [])).toBe(-errnoOf('EINVAL'))
    })

    it('of a directory: 0 without any bytes, EISDIR with some', async () => {
      const task = idleTask()
      const directory = task.open('/', O_RDONLY)
      expect(await readv(task, directory, buffers(0))).toBe(0)
      expect(await readv(task, directory, buffers(1, 1))).toBe(-errnoOf('EISDIR'))
    })

    it('leave an error behind bytes to the next call', async () => {
      const task = idleTask()
      const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
      task.write(a, utf8('abc'))
      task.write(b, utf8('unread'))
      task.close(a)
      const got = buffers(2, 1, 5)
      expect(await readv(task, b, got)).toBe(3)
      expect(texts(got)).toEqual(['ab', 'c', '.....'])
      expect(await readv(task, b, got)).toBe(-errnoOf('ECONNRESET'))
      expect(await readv(task, b, got)).toBe(0)
    })

    it('make one call of a third party’s kind', async () => {
      const calls: [string, number][] = []
      const kind = recorder(calls)
      const task = idleTask({ handles: { 5: kind.open(undefined) } }, kernelWith({ kinds: [kind], root: undefined as never }))
      expect(await readv(task, 5, buffers(3, 4))).toBe(7)
      expect(await writev(task, 5, buffers(5, 6))).toBe(11)
      expect(calls).toEqual([
        ['read', 7],
        ['write', 11],
      ])
    })

    it('read at most 1 MiB of what has no positions', async () => {
      const calls: [string, number][] = []
      const kind = recorder(calls)
      const task = idleTask({ handles: { 5: kind.open(undefined) } }, kernelWith({ kinds: [kind], root: undefined as never }))
      const same = new Uint8Array(MIB)
      expect(await readv(task, 5, Array<Uint8Array>(1024).fill(same))).toBe(MIB)
      expect(calls).toEqual([['read', MIB]])
    })

    it('move all of a file’s bytes, however many', async () => {
      const task = idleTask()
      const file = task.open('/f', O_RDWR | O_CREAT | O_APPEND)
      const written = [new Uint8Array(MIB - 1).fill(1), new Uint8Array(MIB + 5).fill(2), new Uint8Array(7).fill(3)]
      expect(await writev(task, file, written)).toBe(2 * MIB + 11)
      task.lseek(file, 0, 0)
      const read = buffers(MIB - 1, MIB + 5, 7, 9)
      expect(await readv(task, file, read)).toBe(2 * MIB + 11)
      for (const [i, bytes] of written.entries()) expect(Buffer.compare(bytes, read[i]!)).toBe(0)
      expect(text(read[3]!)).toBe('.........')
    })

    it('a datagram of more than fits is EMSGSIZE, and nothing is sent', async () => {
      const task = idleTask()
      const [a, b] = task.socketpair(AF_UNIX, SOCK_DGRAM)
      const half = new Uint8Array(MIB / 2 + 1)
      for (const list of [
        [half, half],
        [half.subarray(0, 200_000), half.subarray(0, 200_000)],
      ]) {
        expect(await writev(task, a, list)).toBe(-errnoOf('EMSGSIZE'))
      }
      expect(task.readErrno(b, new Uint8Array(1))).toBe(EAGAIN)
    })

    it('an error of a kind behind a file’s bytes is left to the next call', async () => {
      const task = idleTask()
      const file = task.open('/f', O_RDWR | O_CREAT)
      expect(await writev(task, file, [utf8('x'), utf8('y')])).toBe(2)
      const broken = recorder([], () => {
        throw new Error('broken')
      })
      const other = idleTask(
        { handles: { 5: broken.open(undefined) } },
        kernelWith({ kinds: [broken], root: undefined as never }),
      )
      expect(await readv(other, 5, buffers(1, 1))).toBe(-errnoOf('EIO'))
      expect(other.queryHandle(5).references).toBe(1)
    })
  })
}

describe('writev', () => {
  it('of up to 4096 bytes in sum is atomic for a pipe', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    task.write(w, new Uint8Array(65_536 - 4095))
    expect(task.writevErrno(w, buffers(2048, 2048))).toBe(EAGAIN)
    expect(task.writevErrno(w, buffers(2048, 2047))).toBe(4095)
    const whole = task.writevAsync(w, buffers(1000, 3096))
    task.read(r, new Uint8Array(4000))
    expect(task.writevErrno(w, buffers(1))).toBe(1)
    task.read(r, new Uint8Array(65_536))
    expect(await whole).toBe(4096)
  })

  it('waits until all bytes are written, in order, of more than a piece too', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const sent = new Uint8Array(MIB + 70_000).map((_, i) => i * 7)
    const writing = task.writevAsync(w, [sent.subarray(0, 10), sent.subarray(10, 900_000), sent.subarray(900_000)])
    const got = new Uint8Array(sent.length)
    for (let at = 0; at < got.length;) at += await task.readAsync(r, got.subarray(at, at + 50_001))
    expect(await writing).toBe(sent.length)
    expect(Buffer.compare(got, sent)).toBe(0)
  })

  it('that has written some bytes when a buffer is detached ends with their number', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const last = new Uint8Array(MIB)
    const writing = task.writevAsync(w, [new Uint8Array(MIB), last])
    structuredClone(undefined, { transfer: [last.buffer] })
    for (let at = 0; at < MIB;) at += await task.readAsync(r, new Uint8Array(65_536))
    expect(await writing).toBe(MIB)
  })

  it('raises SIGPIPE with EPIPE', () => {
    const task = idleTask()
    let raised = 0
    task.onSignal('PIPE', () => raised++)
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    task.shutdown(b, SHUT_RD)
    expect(task.writevErrno(a, buffers(1, 2))).toBe(EPIPE)
    expect(raised).toBe(1)
  })
})

describe('readvAsync, while it waits', () => {
  it('has the object fill one piece of memory, however often it tries', async () => {
    const changes = new WaitQueue()
    const pieces: ArrayBufferLike[] = []
    const kind = defineKind({
      name: 'test-late',
      capabilities: [
        implement(StreamOps, {
          read(_, buffer) {
            pieces.push(buffer.buffer)
            if (pieces.length < 4) return EAGAIN
            buffer.set(utf8('abc'))
            return 3
          },
          write: () => 0,
        }),
      ],
      ready: { now: () => (pieces.length < 3 ? 0 : IN), changes: () => changes },
    })
    const task = idleTask({}, kernelWith({ kinds: [kind, ...memoryKinds] }))
    const handle = task.table.insert(kind.open(undefined))
    const list = buffers(2, 2)
    const reading = task.readvAsync(handle, list)
    while (pieces.length < 4) {
      changes.wake()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect([await reading, texts(list)]).toEqual([3, ['ab', 'c.']])
    expect(new Set(pieces).size).toBe(1)
  })
})
