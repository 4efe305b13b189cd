import { afterEach, describe, expect, it } from 'vitest'
import { createSharedMemory, leaveMemory, type SharedMemory } from '@ht/core/shared'
import { Reader, Writer } from '../src/trace/codec.js'
import { longestMessage, readMessage, writeBeginning, writeEnding } from '../src/trace/messages.js'
import { RingReader, RingWriter } from '../src/trace/ring.js'
import { LocalTracer } from '../src/trace/local-tracer.js'
import { MOST_BYTES, MOST_CALLS, TraceReader } from '../src/trace/trace-reader.js'
import type { TraceEvent } from '../src/trace/event.js'

const memories: SharedMemory[] = []

function makeRing(most = longestMessage(1000)) {
  const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16, tables: 1 })
  memories.push(memory)
  const reader = new RingReader(memory, most)
  const writer = new RingWriter(memory, reader.at)
  const read = () => {
    const messages: Uint8Array[] = []
    reader.read(memory.thread, (message) => messages.push(message))
    return messages
  }
  return { memory, reader, writer, read }
}

afterEach(() => {
  for (const memory of memories.splice(0)) leaveMemory(memory)
})

/** Numbers that are the same in each run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state >>> 0
  }
}

describe('the ring of a trace', () => {
  it('gives messages of any length in their order, around and around', () => {
    const { writer, read } = makeRing()
    const next = numbers(1)
    for (let i = 0; i < 3000; i++) {
      const messages = Array.from({ length: 1 + (next() % 5) }, () => new Uint8Array(1 + (next() % 2000)).map(() => next()))
      for (const message of messages) writer.write(message)
      expect(read().map((it) => Buffer.from(it).equals(messages.shift()!))).not.toContain(false)
      expect(messages).toEqual([])
    }
  })

  it('gives back its memory', () => {
    const { memory, reader, writer, read } = makeRing()
    writer.write(new Uint8Array([1]))
    read()
    reader.free()
    for (let i = 0; i < 1000; i++) new RingReader(memory, 1).free()
  })

  it('of which anything is written is a RangeError, or messages, and never hangs', () => {
    const next = numbers(2)
    let refused = 0
    for (let i = 0; i < 2000; i++) {
      const { memory, reader, writer, read } = makeRing()
      // No more than there is room for: nobody reads meanwhile.
      for (let j = next() % 6; j >= 0; j--) writer.write(new Uint8Array(1 + (next() % 2000)))
      for (let j = next() % 8; j >= 0; j--) {
        const at = next() % 3 === 0 ? next() % 5 : next() % (4 * 1024)
        memory.words[reader.at + at] = next() % 2 === 0 ? next() : next() % 20_000
      }
      try {
        read()
        read()
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
        refused++
      }
      leaveMemory(memories.pop()!)
    }
    expect(refused).toBeGreaterThan(300)
  })

  it('takes no message that is longer than it may be', () => {
    const { writer, read } = makeRing(100)
    writer.write(new Uint8Array(5000))
    // A whole piece is no more than the ring.
    expect(read().length).toBe(1)
    const { memory, reader } = makeRing(20_000)
    expect(() => {
      for (let i = 0; i < 4; i++) {
        // The next piece of a message that has no last one.
        const head = reader.at + 16 + ((i * 8008) % 16_320) / 4
        memory.words.set([7, 8000], head)
        memory.words[reader.at] = (i + 1) * 8008
        reader.read(memory.thread, () => undefined)
      }
    }).toThrow(RangeError)
  })
})

describe('a message of a trace', () => {
  it('says of a call what there is to say', () => {
    const args = [1, 'text', { bytes: new Uint8Array([1, 2]), length: 9 }, [null, true, false, undefined], { a: { b: -0.5 } }]
    const beginning = { call: 3, name: 'call', args, start: 1.25 }
    expect(readMessage(writeBeginning(beginning))).toEqual(beginning)
    const ending = { call: 3, result: { __proto__: null, __proto: 1 }, duration: 2, args: undefined }
    expect(readMessage(writeEnding(ending))).toEqual({ ...ending, result: { __proto: 1 } })
  })

  it('of any bytes is a RangeError, or a message', () => {
    const next = numbers(3)
    let messages = 0
    for (let i = 0; i < 20_000; i++) {
      const bytes = writeBeginning({ call: 1, name: 'read', args: [1, { bytes: new Uint8Array(9), length: 10 }, ['x', 'y']], start: 1 }).slice()
      for (let j = next() % 4; j >= 0; j--) bytes[next() % bytes.length] = next()
      try {
        readMessage(bytes.subarray(0, next() % 2 === 0 ? bytes.length : next() % bytes.length))
        messages++
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }
    expect(messages).toBeGreaterThan(100)
  })

  it('keeps to its limits, whatever it is to hold', () => {
    const writer = new Writer(1000)
    let deep: unknown = 'end'
    for (let i = 0; i < 100; i++) deep = [deep, deep]
    writer.value([deep, 'x'.repeat(5000), Array.from({ length: 5000 }, () => 'yy')])
    expect(writer.written.length).toBeLessThan(1000 + 200_000)
    expect(() => new Reader(writer.written).value()).not.toThrow()
  })
})

describe('a worker that tells of beginnings alone', () => {
  /** Begins calls until the ring counts as broken: how many there were, and what the trace was told in the end. */
  function begins(traced: number, most: number) {
    const { memory } = makeRing()
    const events: TraceEvent[] = []
    const reader = new TraceReader(memory, memory.thread, 1, new LocalTracer((event) => events.push(event), traced))
    const writer = new RingWriter(memory, reader.place.at)
    const bytes = new Uint8Array(traced)
    let calls = 0
    while (events.length === 0 && calls <= most) {
      writer.write(writeBeginning({ call: ++calls, name: 'read', args: [{ bytes, length: traced }], start: 1 }))
      reader.read()
    }
    const broken = events.slice()
    reader.finish()
    return { calls, broken, unfinished: events.length - broken.length }
  }

  it('counts as broken when more calls are under way than there can be', () => {
    const { calls, broken, unfinished } = begins(0, MOST_CALLS + 1)
    expect(broken).toMatchObject([{ name: 'trace', result: -5 }])
    expect([calls, unfinished]).toEqual([MOST_CALLS + 1, MOST_CALLS])
  })

  it('counts as broken when what it tells takes more bytes than it may', () => {
    const { calls, broken, unfinished } = begins(15_000, MOST_CALLS)
    expect(broken).toMatchObject([{ name: 'trace', result: -5 }])
    expect(calls).toBeLessThan(MOST_BYTES / 15_000 + 1)
    expect(calls).toBeGreaterThan(MOST_BYTES / 15_200)
    expect(unfinished).toBe(calls - 1)
  })
})
