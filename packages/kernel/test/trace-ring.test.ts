import { afterEach, describe, expect, it } from 'vitest'
import { createSharedMemory, leaveMemory, type SharedMemory } from '@ht/core/shared'
import { Reader, Writer } from '../src/trace/codec.js'
import { longestMessage, readMessage, writeBeginning, writeEnding } from '../src/trace/messages.js'
import { RingReader, RingWriter } from '../src/trace/ring.js'
import { LocalTracer } from '../src/trace/local-tracer.js'
import { MOST_BYTES, MOST_CALLS, TraceBudget } from '../src/trace/budget.js'
import { TraceReader } from '../src/trace/trace-reader.js'
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
      const bytes = writeBeginning({
        call: 1,
        name: 'read',
        args: [1, { bytes: new Uint8Array(9), length: 10 }, ['x', 'y']],
        start: 1,
      }).slice()
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
  /** Workers of one program that begin calls in turn until one is refused: how many calls there were, and what the trace was told. */
  function begins(traced: number, most: number, workers = 1) {
    const { memory } = makeRing()
    const events: TraceEvent[] = []
    const errors: unknown[] = []
    const tracer = new LocalTracer((event) => events.push(event), traced)
    const budget = new TraceBudget(longestMessage(traced))
    const readers = Array.from(
      { length: workers },
      (_, i) => new TraceReader(memory, memory.thread, i + 1, tracer, budget, (error) => errors.push(error.code)),
    )
    const writers = readers.map((reader) => new RingWriter(memory, reader.place.at))
    const bytes = new Uint8Array(traced)
    let calls = 0
    while (events.length === 0 && calls <= most) {
      calls++
      writers[calls % workers]!.write(writeBeginning({ call: calls, name: 'read', args: [{ bytes, length: traced }], start: 1 }))
      readers[0]!.read()
    }
    const broken = events.slice()
    for (const reader of readers) {
      reader.finish(() => undefined)
      tracer.flush()
      reader.free()
    }
    // What they held can be taken again.
    budget.take(MOST_CALLS, MOST_BYTES)
    return { calls, broken, errors, unfinished: events.length - broken.length }
  }

  it.each([1, 3])('is refused when the program has more calls under way than are kept: %i workers', (workers) => {
    const { calls, broken, errors, unfinished } = begins(0, MOST_CALLS + 1, workers)
    expect(broken).toMatchObject([{ name: 'trace', result: -105 }])
    expect(errors).toEqual(['ENOBUFS'])
    expect([calls, unfinished]).toEqual([MOST_CALLS + 1, MOST_CALLS])
  })

  it.each([1, 3])('is refused when what tells of them takes more bytes than are kept: %i workers', (workers) => {
    const { calls, broken, errors, unfinished } = begins(15_000, MOST_CALLS, workers)
    expect(broken).toMatchObject([{ name: 'trace', result: -105 }])
    expect(errors).toEqual(['ENOBUFS'])
    expect(calls).toBeLessThan(MOST_BYTES / 15_000 + 1)
    expect(calls).toBeGreaterThan(MOST_BYTES / 15_200)
    expect(unfinished).toBe(calls - 1)
  })

  it('is refused when it breaks the order of its calls', () => {
    const { memory } = makeRing()
    const errors: unknown[] = []
    const budget = new TraceBudget(longestMessage(0))
    const reader = new TraceReader(memory, memory.thread, 1, new LocalTracer(() => undefined, 0), budget, (error) =>
      errors.push(error.code),
    )
    new RingWriter(memory, reader.place.at).write(writeEnding({ call: 1, result: 0, duration: 0, args: undefined }))
    reader.read()
    reader.read()
    expect(errors).toEqual(['EIO'])
  })
})

describe('a trace that is told much at once', () => {
  const event = (task: number, start: number): TraceEvent => ({ task, name: 'read', args: [], result: 0, start, duration: 0 })

  it('lets the event loop have its turns meanwhile, and is told of all in its order', async () => {
    const events: number[] = []
    let turns = 0
    const timer = setInterval(() => turns++)
    const tracer = new LocalTracer(({ start }) => {
      events.push(start)
      for (const end = performance.now() + 0.5; performance.now() < end;);
    }, 0)
    const count = 200
    const all = await new Promise<number>((resolve) => {
      tracer.tellInTurns(
        Array.from({ length: count }, (_, i) => event(1, i)),
        () => {
          resolve(events.length)
        },
      )
      expect(events.length).toBeLessThan(count)
    })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    expect(all).toBe(count)
    expect(events).toEqual(Array.from({ length: count }, (_, i) => i))
  })

  it('is told of what comes meanwhile after that, and the queue becomes no longer', () => {
    const events: number[] = []
    let isSlow = true
    const tracer = new LocalTracer(({ start }) => {
      events.push(start)
      if (isSlow) for (const end = performance.now() + 20; performance.now() < end;);
    }, 0)
    let told = 0
    tracer.tellInTurns(
      [0, 1, 2, 3, 4].map((i) => event(1, i)),
      () => told++,
    )
    // One took its whole turn.
    expect(events).toEqual([0])
    isSlow = false
    tracer.tell(event(2, 5))
    expect(events).toEqual([0, 1, 2])
    tracer.tellAll([event(3, 6)])
    expect(events).toEqual([0, 1, 2, 3, 4])
    expect(told).toBe(0)
    tracer.flush()
    expect(events).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(told).toBe(1)
    tracer.tell(event(2, 7))
    expect(events.at(-1)).toBe(7)
  })
})
