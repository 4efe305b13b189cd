import { PassThrough, Readable, Writable } from 'node:stream'
import { testKind } from '@ht/core/conformance'
import { describe, expect, it } from 'vitest'
import {
  ERR,
  HandleTable,
  IN,
  openObjectOf,
  OUT,
  readAsync,
  readiness,
  StreamOps,
  whenReady,
  writeAsync,
  type KernelObject,
} from '@ht/core'
import { stdioKind } from '../src/index.js'
import { createSink, createSource, type SinkInit, type SourceInit } from '../src/stdio/index.js'
import { outcome, outcomeOf, settle, text, utf8 } from './support/kernel.js'

testKind(
  { describe, it },
  {
    kind: stdioKind,
    open: () => createSource('some text'),
    variants: { 'to write to': () => createSink(() => {}), 'at its end': () => createSource('') },
  },
)

async function readAll(source: KernelObject): Promise<string> {
  const buffer = new Uint8Array(4)
  let all = ''
  for (let n; (n = await readAsync(source, buffer)) > 0;) all += text(buffer.slice(0, n))
  return all
}

const webStream = (chunks: (string | Uint8Array)[], cancelled?: (reason: unknown) => void) => {
  let i = 0
  return new ReadableStream<string | Uint8Array>(
    {
      pull(controller) {
        if (i < chunks.length) controller.enqueue(chunks[i++]!)
        else controller.close()
      },
      ...(cancelled && { cancel: cancelled }),
    },
    { highWaterMark: 0 },
  )
}

describe('a source', () => {
  it.each<[string, () => SourceInit]>([
    [
      'a stream',
      () =>
        new ReadableStream<Uint8Array>({
          pull: (controller) => {
            controller.enqueue(new Uint8Array(0))
          },
        }),
    ],
    [
      'an async iterable',
      () =>
        (async function* () {
          for (;;) yield await Promise.resolve('')
        })(),
    ],
    [
      'an iterable',
      () =>
        (function* () {
          for (;;) yield ''
        })(),
    ],
  ])('of empty chunks without end lets timers run: %s', async (_, from) => {
    const source = createSource(from())
    expect(await outcomeOf(readAsync(source, new Uint8Array(4), { timeoutMs: 20 }))).toBe('ETIMEDOUT')
    source.release()
  })

  it.each<[string, () => unknown]>([
    ['at once', () => ''],
    ['by a promise', () => Promise.resolve('')],
  ])('of empty chunks is asked once in a turn of the event loop, however many read it: %s', async (_, give) => {
    let asked = 0
    const source = createSource((() => {
      asked++
      return give()
    }) as () => string)
    const end = new AbortController()
    const reads = [1, 2, 3].map(() => outcomeOf(readAsync(source, new Uint8Array(4), { signal: end.signal })))
    // Timers of the same delay have their turns one after the other.
    const turns = 8
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setTimeout(resolve))
    const askedThen = asked
    end.abort()
    await Promise.all(reads)
    source.release()
    expect(askedThen).toBeGreaterThan(1)
    expect(askedThen).toBeLessThanOrEqual(turns + 2)
  })

  const sources: [string, () => SourceInit][] = [
    ['a text', () => 'héllo, world'],
    ['bytes', () => utf8('héllo, world')],
    ['a list', () => ['héllo', '', utf8(', world')]],
    [
      'a generator',
      function* () {
        yield 'héllo'
        yield utf8(', world')
      },
    ],
    [
      'an async iterable',
      () =>
        (async function* () {
          yield 'héllo'
          await settle()
          yield ''
          yield ', world'
        })(),
    ],
    ['a Node.js stream', () => Readable.from([utf8('héllo'), utf8(', world')])],
    ['a web stream', () => webStream(['héllo', utf8(''), utf8(', world')])],
    [
      'a function',
      () => {
        const chunks = ['héllo', ', world']
        return () => chunks.shift()
      },
    ],
    [
      'a function that takes its time',
      () => {
        const chunks = ['héllo', '', ', world', null]
        return async () => chunks.shift()
      },
    ],
  ]
  for (const [name, make] of sources) {
    it(`reads ${name} to its end`, async () => {
      const source = createSource(make())
      expect(await readAll(source)).toBe('héllo, world')
      expect(source.as(StreamOps).read(new Uint8Array(4))).toBe(0)
      source.release()
    })
  }

  it('asks for nothing until somebody reads, and for a chunk at a time', async () => {
    let asked = 0
    const source = createSource(() => `${String(++asked)}......`)
    expect(asked).toBe(0)
    expect(source.as(StreamOps).read(new Uint8Array(4))).toBe(4)
    expect(source.as(StreamOps).read(new Uint8Array(4))).toBe(3)
    expect(asked).toBe(1)
    source.as(StreamOps).read(new Uint8Array(4))
    expect(asked).toBe(2)
  })

  it('does not ask twice at a time, and is ready when the answer has come', async () => {
    let asked = 0
    let answer: (chunk: string | null) => void = () => {}
    const source = createSource(() => {
      asked++
      return new Promise((resolve) => (answer = resolve))
    })
    const { read } = source.as(StreamOps)
    expect([read(new Uint8Array(4)), read(new Uint8Array(4)), asked, readiness(openObjectOf(source))]).toEqual([-11, -11, 1, 0])
    const ready = whenReady(source, IN)
    answer('ab')
    expect([await ready, read(new Uint8Array(4))]).toEqual([IN, 2])
    const end = whenReady(source, IN)
    answer(null)
    expect([await end, read(new Uint8Array(4))]).toEqual([IN, 0])
  })

  it('has a copy of the bytes that it was given', async () => {
    const bytes = utf8('abc')
    const source = createSource(bytes)
    bytes.fill(0)
    expect(await readAll(source)).toBe('abc')
  })

  it('whose stream fails fails from then on, after what had come', async () => {
    const failing = (error: unknown) =>
      createSource(
        (async function* () {
          yield 'abc'
          await settle()
          throw error
        })(),
      )
    const source = failing(new Error('broken'))
    expect(await readAsync(source, new Uint8Array(9))).toBe(3)
    for (let i = 0; i < 2; i++) expect(await outcomeOf(readAsync(source, new Uint8Array(9)))).toBe('EIO')
    const reset = failing(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    await readAsync(reset, new Uint8Array(9))
    expect(await outcomeOf(readAsync(reset, new Uint8Array(9)))).toBe('ECONNRESET')
    expect(
      await outcomeOf(
        readAsync(
          createSource(() => {
            throw new Error('at once')
          }),
          new Uint8Array(1),
        ),
      ),
    ).toBe('EIO')
  })

  it('a chunk that is neither text nor bytes: EINVAL', async () => {
    expect(await outcomeOf(readAsync(createSource([1, 2] as never), new Uint8Array(1)))).toBe('EINVAL')
  })

  it('released before its end cancels the stream, once', async () => {
    const cancelled: string[] = []
    const web = createSource(webStream(['abc', 'def'], () => cancelled.push('web')))
    const node = new Readable({
      read() {},
      destroy: (_, done) => {
        cancelled.push('node')
        done(null)
      },
    })
    const iterated = createSource(
      (function* () {
        try {
          yield 'abc'
          yield 'def'
        } finally {
          cancelled.push('generator')
        }
      })(),
    )
    const fromNode = createSource(node)
    for (const source of [web, iterated]) await readAsync(source, new Uint8Array(1))
    expect(fromNode.as(StreamOps).read(new Uint8Array(1))).toBe(-11)
    for (const source of [web, iterated, fromNode]) {
      source.release()
      source.release()
    }
    node.destroy()
    await settle()
    expect(cancelled.sort()).toEqual(['generator', 'node', 'web'])
  })

  it('at its end, or with keepOpen, cancels nothing', async () => {
    const cancelled: string[] = []
    const ended = createSource(webStream(['abc'], () => cancelled.push('ended')))
    await readAll(ended)
    ended.release()
    const stream = webStream(['abc', 'def'], () => cancelled.push('kept'))
    const kept = createSource(stream, { keepOpen: true })
    await readAsync(kept, new Uint8Array(3))
    kept.release()
    await settle()
    expect(cancelled).toEqual([])
    expect(await readAll(createSource(stream))).toBe('def')
  })

  it('whose cancelling fails is released all the same', async () => {
    const source = createSource(
      webStream(['abc'], () => {
        throw new Error('no')
      }),
    )
    await readAsync(source, new Uint8Array(1))
    source.release()
    const thrower = createSource({
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 'a' }),
        return: () => {
          throw new Error('no')
        },
      }),
    })
    thrower.release()
    await settle()
  })

  it('of what is none: EINVAL', () => {
    for (const from of [undefined, null, 1, {}, true, Symbol('s')])
      expect(outcome(() => createSource(from as never))).toBe('EINVAL')
  })
})

describe('a sink', () => {
  const collecting = () => {
    const got: string[] = []
    return {
      got,
      to: (bytes: Uint8Array) => {
        got.push(text(bytes))
      },
    }
  }

  it('gives a function each write, as a copy', () => {
    const got: Uint8Array[] = []
    const sink = createSink((bytes) => {
      got.push(bytes)
    })
    const bytes = utf8('abc')
    expect(sink.as(StreamOps).write(bytes)).toBe(3)
    bytes.fill(0)
    expect(got.map(text)).toEqual(['abc'])
  })

  it('waits for a function that takes its time: 65,536 bytes, then EAGAIN', async () => {
    const taken: (() => void)[] = []
    let got = 0
    const sink = createSink((bytes) => {
      got += bytes.length
      return new Promise<void>((resolve) => taken.push(resolve))
    })
    const { write } = sink.as(StreamOps)
    expect([write(new Uint8Array(60_000)), write(new Uint8Array(60_000)), write(new Uint8Array(1))]).toEqual([60_000, 5536, -11])
    expect([got, readiness(openObjectOf(sink))]).toEqual([60_000, 0])
    const more = writeAsync(sink, new Uint8Array(100_000))
    while (got < 165_536) {
      taken.shift()?.()
      await settle()
    }
    taken.shift()?.()
    expect([await more, got]).toEqual([100_000, 165_536])
    expect(readiness(openObjectOf(sink))).toBe(OUT)
  })

  const targets: [string, () => { to: SinkInit; result: () => Promise<[string, boolean]> }][] = [
    [
      'a web stream',
      () => {
        let all = ''
        let closed = false
        const to = new WritableStream<Uint8Array>({
          async write(bytes) {
            await settle()
            all += text(bytes)
          },
          close: () => {
            closed = true
          },
        })
        return {
          to,
          result: async () => {
            while (!closed) await settle()
            return [all, closed]
          },
        }
      },
    ],
    [
      'a Node.js stream',
      () => {
        let all = ''
        let closed = false
        const to = new Writable({
          highWaterMark: 2,
          write(bytes: Uint8Array, _, done) {
            all += text(bytes)
            setImmediate(done)
          },
          final(done) {
            closed = true
            done()
          },
        })
        return {
          to,
          result: async () => {
            while (!closed) await settle()
            return [all, closed]
          },
        }
      },
    ],
  ]
  for (const [name, make] of targets) {
    it(`delivers all to ${name}, and then ends it`, async () => {
      const { to, result } = make()
      const sink = createSink(to)
      for (const part of ['abc', 'def', 'ghi']) expect(await writeAsync(sink, utf8(part))).toBe(3)
      sink.release()
      expect(await result()).toEqual(['abcdefghi', true])
    })
  }

  it('with keepOpen leaves the stream open, and lets go of it', async () => {
    const node = new PassThrough()
    const sink = createSink(node, { keepOpen: true })
    sink.as(StreamOps).write(utf8('abc'))
    await settle()
    sink.release()
    await settle()
    expect([node.writableEnded, node.listenerCount('error'), text(node.read() as Uint8Array)]).toEqual([false, 0, 'abc'])
    const web = new WritableStream<Uint8Array>()
    const other = createSink(web, { keepOpen: true })
    other.as(StreamOps).write(utf8('abc'))
    other.release()
    await settle()
    await settle()
    expect(web.locked).toBe(false)
  })

  it('a process’s own output stays open', async () => {
    const stream = Object.assign(new PassThrough(), { _isStdio: true })
    createSink(stream).release()
    await settle()
    expect(stream.writableEnded).toBe(false)
  })

  it('whose host fails fails from then on', async () => {
    const thrower = createSink(() => {
      throw new Error('broken')
    })
    expect([thrower.as(StreamOps).write(utf8('a')), thrower.as(StreamOps).write(utf8('a'))]).toEqual([-5, -5])
    const rejecting = createSink(() => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })))
    expect(await writeAsync(rejecting, utf8('a'))).toBe(1)
    expect(await outcomeOf(writeAsync(rejecting, utf8('a')))).toBe('ENOSPC')
    expect(readiness(openObjectOf(rejecting))).toBe(OUT | ERR)
    rejecting.release()
  })

  it('whose stream somebody else closed is a broken pipe', async () => {
    const node = new PassThrough()
    const sink = createSink(node)
    node.destroy()
    await settle()
    sink.as(StreamOps).write(utf8('a'))
    await settle()
    expect(await outcomeOf(writeAsync(sink, utf8('a')))).toBe('EPIPE')
    sink.release()
    const broken = new PassThrough()
    const other = createSink(broken)
    broken.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }))
    await settle()
    expect(await outcomeOf(writeAsync(other, utf8('a')))).toBe('EPIPE')
    other.release()
    await settle()
  })

  it('a web stream that fails later is heard of', async () => {
    let fail: (error: unknown) => void = () => {}
    const sink = createSink(
      new WritableStream({
        start: (controller) => {
          fail = (error) => {
            controller.error(error)
          }
        },
      }),
    )
    const full = whenReady(sink, ERR)
    fail(new Error('broken'))
    expect((await full) & OUT).toBe(OUT)
    await settle()
    expect(await outcomeOf(writeAsync(sink, utf8('a')))).toBe('EIO')
  })

  it('written to by its own function takes these bytes after the ones that are there', () => {
    const { got, to } = collecting()
    const sink: KernelObject = createSink((bytes) => {
      to(bytes)
      if (got.length < 3) sink.as(StreamOps)!.write(utf8(`again ${String(got.length)}`))
    })
    sink.as(StreamOps)!.write(utf8('first'))
    expect(got).toEqual(['first', 'again 1', 'again 2'])
  })

  it('is ended by its last holder alone', () => {
    let ended = 0
    const sink = createSink({
      getWriter: () => ({
        write: async () => {},
        close: async () => {
          ended++
        },
        releaseLock() {},
        closed: new Promise(() => {}),
      }),
    })
    const table = new HandleTable()
    const handle = table.insert(sink)
    const copy = table.dup(handle)
    table.close(handle)
    expect(ended).toBe(0)
    table.close(copy)
    expect(ended).toBe(1)
  })

  it('of what is none: EINVAL', () => {
    for (const to of [undefined, null, 'text', 1, {}, { write() {} }])
      expect(outcome(() => createSink(to as never))).toBe('EINVAL')
  })
})
