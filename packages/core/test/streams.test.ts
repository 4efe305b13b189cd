import { describe, expect, it } from 'vitest'
import { defineKind, HandleTable, NONBLOCK, openObjectOf, StreamOps, WaitQueue, type KernelObject } from '@ht/core'
import { toIterable, toReadable, toWritable } from '../src/streams/index.js'
import { goodPipe, pipeKindWith, type PipeParts } from './conformance/reference-pipe.js'

/** A pipe whose ends can be looked at when they are over. */
function pipe(options: { capacity?: number; status?: number; parts?: Partial<PipeParts> } = {}) {
  const kind = pipeKindWith(options.parts)
  const { capacity = 65536, status = 0 } = options
  const shared = { bytes: [] as number[], capacity, readers: 1, writers: 1, changes: new WaitQueue() }
  const reader = kind.open({ shared, reads: true }, { accessMode: 'ReadOnly', status })
  const writer = kind.open({ shared, reads: false }, { accessMode: 'WriteOnly', status })
  const [readEnd, writeEnd] = [openObjectOf(reader), openObjectOf(writer)]
  return { shared, reader, writer, readEnd, writeEnd, write: (text: string) => writer.as(StreamOps)?.write(bytes(text)) }
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (chunk: Uint8Array | undefined) => new TextDecoder().decode(chunk)
/** Long enough for everything that does not wait for something to happen. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0))
const code = (value: string) => expect.objectContaining({ code: value }) as unknown

describe('who has the reference', () => {
  const makers: [string, (object: KernelObject, options?: never) => unknown][] = [
    ['toReadable', toReadable],
    ['toWritable', toWritable],
    ['toIterable', toIterable],
  ]
  for (const [name, make] of makers) {
    it(`${name} takes it over, and the caller's is over`, () => {
      const { reader, readEnd } = pipe()
      make(reader)
      expect(reader.isLive).toBe(false)
      reader.release()
      expect(readEnd).toMatchObject({ holders: 1, references: 1, released: false })
    })

    it(`${name} takes a reference from get as what it is, no holder`, () => {
      const { reader, readEnd } = pipe()
      const table = new HandleTable()
      make(table.get(table.insert(reader))!)
      expect(readEnd).toMatchObject({ holders: 1, references: 2 })
    })

    it(`${name} leaves it to the caller when it throws`, () => {
      const { reader } = pipe()
      const mute = defineKind({ name: 'acme-mute' }).open(undefined)
      expect(() => make(mute)).toThrow(code('EINVAL'))
      for (const options of [null, 5, { signal: 5 }, { signal: null }, { signal: new EventTarget() }]) {
        expect(() => make(reader, options as never), JSON.stringify(options)).toThrow(code('EINVAL'))
      }
      expect([mute.isLive, reader.isLive]).toEqual([true, true])
    })

    it(`${name} refuses what is no object, and a reference that is over`, () => {
      const { reader } = pipe()
      for (const value of [undefined, null, 7, {}, new HandleTable()]) {
        expect(() => make(value as never)).toThrow(code('EINVAL'))
      }
      reader.release()
      expect(() => make(reader)).toThrow(code('EBADF'))
    })
  }

  it('chunkBytes must be an integer from 1 to 2^30', () => {
    const { reader } = pipe()
    for (const chunkBytes of [0, -1, 1.5, NaN, 2 ** 30 + 1, '8' as never]) {
      expect(() => toReadable(reader, { chunkBytes })).toThrow(/chunkBytes/)
      expect(() => toIterable(reader, { chunkBytes })).toThrow(/chunkBytes/)
    }
    expect(reader.isLive).toBe(true)
  })
})

describe('toReadable', () => {
  it('gives the bytes until the end of file, and then the reference back, once', async () => {
    const { reader, writer, readEnd, write } = pipe()
    write('hello')
    const stream = toReadable(reader).getReader()
    expect(text((await stream.read()).value)).toBe('hello')
    const next = stream.read()
    write('more')
    expect(text((await next).value)).toBe('more')
    writer.release()
    expect(await stream.read()).toEqual({ done: true, value: undefined })
    expect(readEnd).toMatchObject({ holders: 0, references: 0, released: true })
  })

  it('reads nothing that nobody asked for', async () => {
    const { reader, shared, write } = pipe()
    write('12345678')
    const stream = toReadable(reader, { chunkBytes: 4 }).getReader()
    await settled()
    expect(shared.bytes).toHaveLength(8)
    await stream.read()
    await settled()
    expect(shared.bytes).toHaveLength(4)
  })

  it('gives chunks of chunkBytes at most, each in memory of its own', async () => {
    const { reader, writer, write } = pipe()
    write('abcdefg')
    writer.release()
    const chunks: Uint8Array[] = []
    for await (const chunk of toReadable(reader, { chunkBytes: 3 }) as unknown as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
    }
    expect(chunks.map(text)).toEqual(['abc', 'def', 'g'])
    expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(3)
    for (const chunk of chunks) expect(chunk.buffer.byteLength).toBe(chunk.length)
  })

  it('cancelling gives the reference back, also under a pending read', async () => {
    for (const pending of [false, true]) {
      const { reader, readEnd, shared } = pipe()
      const stream = toReadable(reader).getReader()
      const read = pending ? stream.read() : undefined
      await settled()
      await stream.cancel('enough')
      expect(readEnd, String(pending)).toMatchObject({ holders: 0, references: 0, operations: 0, released: true })
      expect(shared.readers).toBe(0)
      if (read !== undefined) expect(await read).toMatchObject({ done: true })
    }
  })

  it('cancelling a pending read reports what a hook throws when the reference goes', async () => {
    const dropHolder = () => {
      throw new Error('cannot drop')
    }
    const { reader, readEnd } = pipe({ parts: { hooks: { ...goodPipe.hooks, dropHolder } } })
    const stream = toReadable(reader).getReader()
    const read = stream.read()
    await settled()
    await expect(stream.cancel()).rejects.toThrow('cannot drop')
    expect(await read).toMatchObject({ done: true })
    expect(readEnd).toMatchObject({ references: 0, released: true })
  })

  it("fails with the signal's reason, and gives the reference back, waiting or not", async () => {
    for (const pending of [false, true]) {
      const { reader, readEnd } = pipe()
      const abort = new AbortController()
      const stream = toReadable(reader, { signal: abort.signal }).getReader()
      const first = pending ? stream.read() : undefined
      first?.catch(() => undefined)
      await settled()
      abort.abort('no more')
      await expect(first ?? stream.read()).rejects.toBe('no more')
      await settled()
      expect(readEnd).toMatchObject({ references: 0, released: true })
    }
  })

  it('fails at once with a signal that has aborted', async () => {
    const { reader, readEnd } = pipe()
    await expect(
      toReadable(reader, { signal: AbortSignal.abort('late') })
        .getReader()
        .read(),
    ).rejects.toBe('late')
    await settled()
    expect(readEnd.released).toBe(true)
  })

  it('fails with what a read answers, and gives the reference back', async () => {
    const { reader, readEnd } = pipe({ parts: { stream: { read: () => -5 } } })
    await expect(toReadable(reader).getReader().read()).rejects.toMatchObject({ code: 'EIO', syscall: 'read' })
    expect(readEnd.released).toBe(true)
  })

  it('waits also where the object is non-blocking', async () => {
    const { reader, write } = pipe({ status: NONBLOCK })
    const read = toReadable(reader).getReader().read()
    await settled()
    write('late')
    expect(text((await read).value)).toBe('late')
  })

  it("leaves nobody waiting in the object's queue", async () => {
    const { reader, shared } = pipe()
    let waiting = 0
    const { changes } = shared
    const { add } = changes
    changes.add = (wake) => {
      const leave = add.call(changes, wake)
      waiting++
      return () => {
        waiting--
        leave()
      }
    }
    const stream = toReadable(reader).getReader()
    const read = stream.read()
    await settled()
    expect(waiting).toBe(1)
    await stream.cancel()
    await read
    expect(waiting).toBe(0)
  })
})

describe('toWritable', () => {
  it('writes each chunk whole, waiting for room, and gives the reference back when it is closed', async () => {
    const { reader, writer, writeEnd, shared } = pipe({ capacity: 4096 })
    const stream = toWritable(writer).getWriter()
    const data = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251)
    const done = stream.write(data).then(() => stream.close())
    await settled()
    expect(shared.bytes).toHaveLength(4096)
    const got: number[] = []
    for await (const chunk of toIterable(reader)) got.push(...chunk)
    await done
    expect(got).toEqual([...data])
    expect(writeEnd).toMatchObject({ references: 0, released: true })
  })

  it('fails with EPIPE when nobody is left to read, and gives the reference back', async () => {
    const { reader, writer, writeEnd } = pipe()
    const stream = toWritable(writer).getWriter()
    stream.closed.catch(() => undefined)
    reader.release()
    await expect(stream.write(bytes('x'))).rejects.toMatchObject({ code: 'EPIPE', syscall: 'write' })
    expect(writeEnd.released).toBe(true)
  })

  it('fails with EINVAL for a chunk that is no Uint8Array, and gives the reference back', async () => {
    const { writer, writeEnd } = pipe()
    const stream = toWritable(writer).getWriter()
    stream.closed.catch(() => undefined)
    await expect(stream.write('text' as never)).rejects.toMatchObject({ code: 'EINVAL' })
    expect(writeEnd.released).toBe(true)
  })

  it('an abort gives the reference back, also under a write that waits', async () => {
    for (const pending of [false, true]) {
      const { writer, writeEnd } = pipe({ capacity: 4096 })
      const stream = toWritable(writer).getWriter()
      stream.closed.catch(() => undefined)
      const write = pending ? stream.write(new Uint8Array(9000)) : undefined
      write?.catch(() => undefined)
      await settled()
      await stream.abort('enough')
      if (write !== undefined) await expect(write).rejects.toBe('enough')
      expect(writeEnd, String(pending)).toMatchObject({ references: 0, operations: 0, released: true })
    }
  })

  it("fails with the signal's reason, and gives the reference back, waiting or not", async () => {
    for (const pending of [false, true]) {
      const { writer, writeEnd } = pipe({ capacity: 4096 })
      const abort = new AbortController()
      const stream = toWritable(writer, { signal: abort.signal }).getWriter()
      stream.closed.catch(() => undefined)
      const write = pending ? stream.write(new Uint8Array(9000)) : undefined
      write?.catch(() => undefined)
      await settled()
      abort.abort('no more')
      await expect(write ?? stream.write(bytes('x'))).rejects.toBe('no more')
      await settled()
      expect(writeEnd).toMatchObject({ references: 0, released: true })
    }
  })

  it('waits for room when a write takes nothing', async () => {
    let writes = 0
    const { writer, shared } = pipe({ parts: { stream: { write: (_it, bytes) => (++writes < 3 ? 0 : bytes.length) } } })
    const write = toWritable(writer).getWriter().write(bytes('x'))
    await settled()
    expect(writes).toBe(1)
    shared.changes.wake()
    await settled()
    shared.changes.wake()
    await write
    expect(writes).toBe(3)
  })

  it('writing nothing asks nothing of the object', async () => {
    const { reader, writer } = pipe()
    reader.release()
    const stream = toWritable(writer).getWriter()
    await stream.write(new Uint8Array(0))
    await stream.close()
  })
})

describe('toIterable', () => {
  it('gives the bytes until the end of file, and then the reference back', async () => {
    const { reader, writer, readEnd, write } = pipe()
    write('abcde')
    writer.release()
    const chunks: string[] = []
    for await (const chunk of toIterable(reader, { chunkBytes: 2 })) chunks.push(text(chunk))
    expect(chunks).toEqual(['ab', 'cd', 'e'])
    expect(readEnd).toMatchObject({ references: 0, released: true })
  })

  it('an early break, or a throw in the loop, gives the reference back', async () => {
    for (const leave of ['break', 'throw']) {
      const { reader, readEnd, write } = pipe()
      write('abcde')
      const loop = async () => {
        for await (const chunk of toIterable(reader, { chunkBytes: 1 })) {
          expect(text(chunk)).toBe('a')
          if (leave === 'break') break
          throw new Error('enough')
        }
      }
      await loop().catch(() => undefined)
      expect(readEnd).toMatchObject({ references: 0, released: true })
    }
  })

  it('return() gives the reference back before the first read, and under one that waits', async () => {
    for (const pending of [false, true]) {
      const { reader, readEnd } = pipe()
      const chunks = toIterable(reader)
      const read = pending ? chunks.next() : undefined
      await settled()
      await chunks.return?.()
      expect(readEnd, String(pending)).toMatchObject({ references: 0, operations: 0, released: true })
      if (read !== undefined) expect(await read).toEqual({ done: true, value: undefined })
      expect(await chunks.next()).toEqual({ done: true, value: undefined })
    }
  })

  it('throw() gives the reference back and throws', async () => {
    const { reader, readEnd } = pipe()
    await expect(toIterable(reader).throw?.(new Error('mine'))).rejects.toThrow('mine')
    expect(readEnd.released).toBe(true)
  })

  it("throws the signal's reason once, gives the reference back, and is at its end", async () => {
    for (const pending of [false, true]) {
      const { reader, readEnd } = pipe()
      const abort = new AbortController()
      const chunks = toIterable(reader, { signal: abort.signal })
      const first = pending ? chunks.next() : undefined
      first?.catch(() => undefined)
      await settled()
      abort.abort('no more')
      await expect(first ?? chunks.next()).rejects.toBe('no more')
      await settled()
      expect(readEnd.released).toBe(true)
      expect(await chunks.next()).toEqual({ done: true, value: undefined })
    }
  })

  it('gives chunks in order to who asks for several at once', async () => {
    const { reader, writer, write } = pipe()
    const chunks = toIterable(reader, { chunkBytes: 1 })
    const asked = [chunks.next(), chunks.next(), chunks.next()]
    write('ab')
    writer.release()
    const got = (await Promise.all(asked)).map(({ value }) => (value === undefined ? '' : text(value as Uint8Array)))
    expect(got).toEqual(['a', 'b', ''])
  })

  it('an error of a release hook is reported by what released', async () => {
    const failing = () =>
      pipe({
        parts: {
          hooks: {
            ...goodPipe.hooks,
            release() {
              throw new Error('cannot release')
            },
          },
        },
      })
    const ended = failing()
    ended.shared.writers = 0
    await expect(toIterable(ended.reader).next()).rejects.toThrow('cannot release')
    await expect(toIterable(failing().reader).return?.()).rejects.toThrow('cannot release')
    await expect(toReadable(failing().reader).cancel()).rejects.toThrow('cannot release')
    await expect(toWritable(failing().writer).close()).rejects.toThrow('cannot release')
  })
})
