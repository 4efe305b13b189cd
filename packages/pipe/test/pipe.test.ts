import { describe, expect, it } from 'vitest'
import {
  ControlOps,
  ERR,
  FIONREAD,
  HandleTable,
  HUP,
  IN,
  NONBLOCK,
  openObjectOf,
  OUT,
  PipeOps,
  readAsync,
  readiness,
  StreamOps,
  whenReady,
  writeAsync,
  writeWhole,
  type BorrowedObject,
  type StreamMethods,
} from '@ht/core'
import manifest from '../package.json' with { type: 'json' }
import { DEFAULT_CAPACITY, MAX_CAPACITY, PIPE_BUF, pipeKind } from '../src/index.js'
import { makers } from './ends.js'

const EBADF = -9
const EAGAIN = -11
const EBUSY = -16
const EINVAL = -22
const EPIPE = -32

const bytes = (length: number, start = 0) => Uint8Array.from({ length }, (_, i) => (start + i) & 255)
const stream = (object: BorrowedObject): StreamMethods => object.as(StreamOps)!
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('the kind', () => {
  it('carries the version of its package', () => {
    expect(`${pipeKind.package} ${pipeKind.version}`).toBe(`${manifest.name} ${manifest.version}`)
  })
})

describe.each(Object.entries(makers))('%s', (_, createPipe) => {
  describe('a pipe', () => {
    it('gives back what was written, in order', () => {
      const { reader, writer } = createPipe()
      expect(stream(writer).write(bytes(5))).toBe(5)
      expect(stream(writer).write(bytes(3, 5))).toBe(3)
      const buffer = new Uint8Array(6)
      expect(stream(reader).read(buffer)).toBe(6)
      expect(buffer).toEqual(bytes(6))
      expect(stream(reader).read(buffer)).toBe(2)
      expect(buffer.subarray(0, 2)).toEqual(bytes(2, 6))
      expect(stream(reader).read(buffer)).toBe(EAGAIN)
    })

    it('copies: neither side sees the other’s memory', () => {
      const { reader, writer } = createPipe()
      const given = bytes(100)
      stream(writer).write(given)
      given.fill(0)
      const buffer = new Uint8Array(100)
      stream(reader).read(buffer)
      expect(buffer).toEqual(bytes(100))
    })

    it('reading the write end and writing the read end are EBADF', () => {
      const { reader, writer } = createPipe()
      expect(stream(writer).read(new Uint8Array(1))).toBe(EBADF)
      expect(stream(reader).write(new Uint8Array(1))).toBe(EBADF)
    })

    it('the last writer gone: what is left is read, then end of file', () => {
      const { reader, writer } = createPipe()
      stream(writer).write(bytes(3))
      writer.release()
      const buffer = new Uint8Array(2)
      expect([1, 2, 3].map(() => stream(reader).read(buffer))).toEqual([2, 1, 0])
      expect(stream(reader).read(buffer)).toBe(0)
    })

    it('the last reader gone: broken pipe', () => {
      const { reader, writer } = createPipe()
      reader.release()
      expect(stream(writer).write(bytes(1))).toBe(EPIPE)
      expect(stream(writer).write(bytes(100_000))).toBe(EPIPE)
    })

    it('a dup keeps its end open', () => {
      const table = new HandleTable()
      const { reader, writer } = createPipe()
      const [r, w] = table.insertAll([reader, writer]) as [number, number]
      const copy = table.dup(w)
      table.close(w)
      const read = () => table.withObject(r, (object) => stream(object).read(new Uint8Array(1)))
      expect(read()).toBe(EAGAIN)
      table.close(copy)
      expect(read()).toBe(0)
    })

    it('a reference without a dup does not keep its end open', () => {
      const table = new HandleTable()
      const { reader, writer } = createPipe()
      const handle = table.insert(writer)
      const reference = table.get(handle)!
      table.close(handle)
      expect(stream(reader).read(new Uint8Array(1))).toBe(0)
      reference.release()
    })

    it('read or write of 0 bytes is 0 at once, also without the other side', () => {
      const { reader, writer } = createPipe()
      const none = new Uint8Array(0)
      expect([stream(reader).read(none), stream(writer).write(none)]).toEqual([0, 0])
      reader.release()
      expect(stream(writer).write(none)).toBe(0)
    })
  })

  describe('a full pipe', () => {
    it('holds 65,536 bytes unless told', () => {
      const { reader, writer } = createPipe()
      expect(stream(writer).write(bytes(100_000))).toBe(DEFAULT_CAPACITY)
      expect(stream(writer).write(bytes(1))).toBe(EAGAIN)
      const buffer = new Uint8Array(100_000)
      expect(stream(reader).read(buffer)).toBe(65_536)
      expect(buffer.subarray(0, 65_536)).toEqual(bytes(65_536))
    })

    it('a write of up to 4096 bytes goes in whole or not at all', () => {
      const { reader, writer } = createPipe({ capacity: 8192 })
      stream(writer).write(bytes(5000))
      expect(stream(writer).write(bytes(PIPE_BUF))).toBe(EAGAIN)
      expect(reader.as(PipeOps).bytesWaiting()).toBe(5000)
      expect(stream(writer).write(bytes(3192))).toBe(3192)
    })

    it('of a larger write goes in what fits', () => {
      const { writer } = createPipe({ capacity: 8192 })
      stream(writer).write(bytes(5000))
      expect(stream(writer).write(bytes(PIPE_BUF + 1))).toBe(3192)
      expect(stream(writer).write(bytes(PIPE_BUF + 1))).toBe(EAGAIN)
    })

    it('gives every byte back in order, whatever the sizes of the pieces', () => {
      const { reader, writer } = createPipe({ capacity: 4096 })
      let written = 0
      let read = 0
      const buffer = new Uint8Array(3000)
      for (let round = 0; round < 4000; round++) {
        const piece = stream(writer).write(bytes((round * 37) % 1500, written))
        if (piece > 0) written += piece
        const got = stream(reader).read(buffer.subarray(0, 1 + ((round * 53) % 2000)))
        for (let i = 0; i < got; i++) if (buffer[i] !== ((read + i) & 255)) throw new Error(`byte ${String(read + i)}`)
        if (got > 0) read += got
      }
      expect(read).toBeGreaterThan(1_000_000)
    })
  })

  describe('capacity (F_SETPIPE_SZ)', () => {
    it.each([
      [0, 4096],
      [1, 4096],
      [4096, 4096],
      [4097, 8192],
      [100_000, 131_072],
      [MAX_CAPACITY, MAX_CAPACITY],
    ])('%i becomes %i', (asked, given) => {
      const { reader, writer } = createPipe()
      expect(writer.as(PipeOps).setCapacity(asked)).toBe(given)
      expect(reader.as(PipeOps).capacity()).toBe(given)
    })

    it('over the maximum is EPERM, negative EINVAL, below what is stored EBUSY, and none of them changes it', () => {
      const { reader, writer } = createPipe()
      stream(writer).write(bytes(5000))
      const pipe = reader.as(PipeOps)
      expect([pipe.setCapacity(MAX_CAPACITY + 1), pipe.setCapacity(-1), pipe.setCapacity(4096)]).toEqual([-1, EINVAL, EBUSY])
      expect(pipe.capacity()).toBe(65_536)
    })

    it('keeps what is stored, also where it wraps around', () => {
      const { reader, writer } = createPipe({ capacity: 4096 })
      const buffer = new Uint8Array(4096)
      stream(writer).write(bytes(3000))
      stream(reader).read(buffer.subarray(0, 2500))
      stream(writer).write(bytes(3000, 3000))
      expect(reader.as(PipeOps).setCapacity(16_384)).toBe(16_384)
      stream(writer).write(bytes(4096, 6000))
      expect(reader.as(PipeOps).setCapacity(8192)).toBe(8192)
      const all = new Uint8Array(8192)
      expect(stream(reader).read(all)).toBe(7596)
      expect(all.subarray(0, 7596)).toEqual(bytes(7596, 2500))
    })

    it.each([0, -1, 1.5, NaN, MAX_CAPACITY + 1, '4096'])('createPipe refuses the capacity %o with EINVAL', (capacity) => {
      expect(() => createPipe({ capacity: capacity as number })).toThrow('EINVAL: capacity must be')
    })
  })

  describe('what a pipe tells', () => {
    it('bytes waiting, as FIONREAD', () => {
      const { reader, writer } = createPipe()
      stream(writer).write(bytes(1000))
      const answer = new Int32Array(1)
      const control = writer.as(ControlOps)
      expect(control.control(FIONREAD, new Uint8Array(answer.buffer))).toBe(0)
      expect(answer[0]).toBe(1000)
      expect(control.control(FIONREAD, new Uint8Array(3))).toBe(EINVAL)
      expect(control.control(1, new Uint8Array(4))).toBe(-25)
      expect(reader.as(PipeOps).bytesWaiting()).toBe(1000)
    })

    it('peer count: the ends at the other side, dups included', () => {
      const table = new HandleTable()
      const { reader, writer } = createPipe()
      const [r, w] = table.insertAll([reader, writer]) as [number, number]
      const peers = (handle: number) => table.withObject(handle, (object) => object.as(PipeOps)!.peerCount())
      expect([peers(r), peers(w)]).toEqual([1, 1])
      table.dup(w)
      const child = table.deepClone()
      expect([peers(r), peers(w)]).toEqual([4, 2])
      child.dispose()
      table.close(r)
      expect(peers(w)).toBe(0)
    })

    it('its metadata: a channel, read or written', () => {
      const table = new HandleTable()
      const { reader, writer } = createPipe({ nonBlocking: true })
      table.insertAll([reader, writer])
      expect(table.getMetadata(0)).toEqual({
        handleType: 'IpcChannel',
        accessMode: 'ReadOnly',
        specialSemantics: ['NonBlocking'],
      })
      expect(table.getMetadata(1)?.accessMode).toBe('WriteOnly')
      expect(table.getObjectInfo(1)).toMatchObject({ objectType: 2, kindName: 'ht:pipe', handleRole: 2, accessMode: 2 })
      expect(table.getObjectInfo(0)?.description).toMatch(/^read end of pipe \d+, 0 of 65536 bytes, writers: 1$/)
    })
  })

  describe('readiness (poll)', () => {
    it('reader: IN with data, HUP without a writer, both with both', () => {
      const { reader, writer } = createPipe()
      const now = () => readiness(openObjectOf(reader))
      expect(now()).toBe(0)
      stream(writer).write(bytes(1))
      expect(now()).toBe(IN)
      writer.release()
      expect(now()).toBe(IN | HUP)
      stream(reader).read(new Uint8Array(1))
      expect(now()).toBe(HUP)
    })

    it('writer: OUT only when a 4096-byte write would succeed, ERR without a reader', () => {
      const { reader, writer } = createPipe({ capacity: 8192 })
      const now = () => readiness(openObjectOf(writer))
      expect(now()).toBe(OUT)
      stream(writer).write(bytes(4096))
      expect(now()).toBe(OUT)
      stream(writer).write(bytes(1))
      expect(now()).toBe(0)
      reader.release()
      expect(now()).toBe(ERR)
    })
  })

  describe('waiting', () => {
    it('a read waits for data, and ends at the last writer’s close', async () => {
      const { reader, writer } = createPipe()
      const buffer = new Uint8Array(10)
      const first = readAsync(reader, buffer)
      await settle()
      stream(writer).write(bytes(4))
      expect(await first).toBe(4)
      const second = readAsync(reader, buffer)
      await settle()
      writer.release()
      expect(await second).toBe(0)
    })

    it('a write waits until all is in', async () => {
      const { reader, writer } = createPipe({ capacity: 4096 })
      const written = writeAsync(writer, bytes(20_000))
      const all: number[] = []
      const buffer = new Uint8Array(1000)
      while (all.length < 20_000) all.push(...buffer.subarray(0, await readAsync(reader, buffer)))
      expect(await written).toBe(20_000)
      expect(Uint8Array.from(all)).toEqual(bytes(20_000))
    })

    it('a waiting atomic write goes in when there is room for all of it', async () => {
      const { reader, writer } = createPipe({ capacity: 4096 })
      stream(writer).write(bytes(4000))
      const written = writeAsync(writer, bytes(1000))
      stream(reader).read(new Uint8Array(500))
      await settle()
      expect(reader.as(PipeOps).bytesWaiting()).toBe(3500)
      stream(reader).read(new Uint8Array(500))
      expect(await written).toBe(1000)
    })

    it('a waiting write whose reader goes: what was written, or EPIPE', async () => {
      const { reader, writer } = createPipe({ capacity: 4096 })
      const part = writeWhole(openObjectOf(writer), bytes(10_000), {})
      await settle()
      reader.release()
      expect(await part).toMatchObject({ written: 4096, failure: { code: 'EPIPE' } })
      await expect(writeAsync(writer, bytes(1))).rejects.toMatchObject({ code: 'EPIPE' })
    })

    it('a waiting read keeps its end open when its handle is closed, and ends on the old object', async () => {
      const table = new HandleTable()
      const { reader, writer } = createPipe()
      const r = table.insert(reader)
      const buffer = new Uint8Array(4)
      const read = table.withObject(r, (object) => [readAsync(object, buffer)])![0]!
      table.close(r)
      expect(stream(writer).write(bytes(4))).toBe(4)
      expect(await read).toBe(4)
      expect(stream(writer).write(bytes(4))).toBe(EPIPE)
    })

    it('a writer that waits for readiness hears of the last reader', async () => {
      const { reader, writer } = createPipe({ capacity: 4096 })
      stream(writer).write(bytes(4096))
      const ready = whenReady(writer, OUT)
      reader.release()
      expect(await ready).toBe(ERR)
    })

    it('non-blocking ends do not wait', async () => {
      const { reader, writer } = createPipe({ nonBlocking: true, capacity: 4096 })
      expect(openObjectOf(reader).status & NONBLOCK).toBe(NONBLOCK)
      await expect(readAsync(reader, new Uint8Array(1))).rejects.toMatchObject({ code: 'EAGAIN' })
      expect(await writeAsync(writer, bytes(5000))).toBe(4096)
      await expect(writeAsync(writer, bytes(5000))).rejects.toMatchObject({ code: 'EAGAIN' })
    })
  })
})
