import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { O_CREAT, O_RDWR } from '@ht/core'
import { createKernel, type Program, type Task } from '../src/index.js'
import { createPresetKernel } from '../src/preset.js'
import { createSource } from '../src/stdio/index.js'
import { kernelWith, outcomeOf, pipeEnds, settle, text, untilEnd, utf8 } from './support/kernel.js'

const copy: Program = async (task) => {
  const buffer = new Uint8Array(65_536)
  for (let n; (n = await task.readAsync(0, buffer)) > 0;) await task.writeAsync(1, buffer.subarray(0, n))
}
const yes: Program = async (task) => {
  for (;;) await task.writeAsync(1, utf8('y\n'))
}

describe('run', () => {
  it('gives status, output and error output', async () => {
    const kernel = kernelWith()
    const result = await kernel.run(
      async (task) => {
        await task.writeAsync(1, utf8(`${task.args.join(' ')} ${task.env['A'] ?? ''} ${task.getcwd()}`))
        await task.writeAsync(2, utf8('warning'))
        return 3
      },
      { args: ['x', 'y'], env: { A: 'a' }, name: 'it' },
    )
    expect(result).toMatchObject({ status: 3, signal: undefined, error: undefined, truncated: false, timedOut: false })
    expect([result.text, text(result.stderr)]).toEqual(['x y a /', 'warning'])
    expect(kernel.lsof()).toEqual([])
  })

  it('without input there is nothing to read', async () => {
    expect(await kernelWith().run(copy)).toMatchObject({ status: 0, text: '' })
  })

  it('takes input larger than any pipe', async () => {
    const input = new Uint8Array(3_000_000).map((_, i) => i % 251)
    const { stdout } = await kernelWith().run(copy, { input })
    expect(Buffer.compare(stdout, input)).toBe(0)
  })

  it.each([
    ['bytes', (bytes: Uint8Array) => bytes],
    ['a source of bytes', (bytes: Uint8Array) => createSource(bytes)],
  ])('keeps a copy of %s that it is given, also of a Buffer, whose slice is none', async (_, inputOf) => {
    const given = Buffer.from('hello')
    const running = kernelWith().run(copy, { input: inputOf(given) })
    given.fill('x')
    expect((await running).text).toBe('hello')
  })

  it('a program that throws has status 1, and what it had written counts', async () => {
    const kernel = kernelWith()
    const error = new Error('broken')
    const result = await kernel.run(async (task) => {
      task.open('/f', O_CREAT)
      task.write(1, utf8('before'))
      throw error
    })
    expect(result).toMatchObject({ status: 1, error, text: 'before' })
    expect(kernel.lsof()).toEqual([])
  })

  it('a program that hangs is killed after timeoutMs', async () => {
    const kernel = kernelWith()
    for (const program of [untilEnd, () => new Promise<number>(() => undefined), copy]) {
      const result = await kernel.run(program, { timeoutMs: 5, input: createSource(() => new Promise(() => undefined)) })
      expect(result).toMatchObject({ status: 137, signal: 'KILL', timedOut: true })
      expect(kernel.lsof()).toEqual([])
    }
  })

  it('a program that ignores everything is killed too', async () => {
    const kernel = kernelWith()
    const stubborn: Program = async (task) => {
      task.onSignal('TERM', 'ignore')
      await untilEnd(task)
    }
    expect((await kernel.run(stubborn, { timeoutMs: 5 })).signal).toBe('KILL')
  })

  it('an aborted signal kills it, and is what the promise rejects with', async () => {
    const kernel = kernelWith()
    const controller = new AbortController()
    const running = kernel.run(untilEnd, { signal: controller.signal })
    await settle()
    expect(kernel.tasks()).toHaveLength(1)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
    await expect(kernel.run(untilEnd, { signal: controller.signal })).rejects.toBe(reason)
    expect(kernel.lsof()).toEqual([])
  })

  it('leaves no timer, and no listener at the signal', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length
    const { signal } = new AbortController()
    const listeners = new Set<unknown>()
    vi.spyOn(signal, 'addEventListener').mockImplementation((_: string, listener: unknown) => void listeners.add(listener))
    vi.spyOn(signal, 'removeEventListener').mockImplementation((_: string, listener: unknown) => void listeners.delete(listener))
    const before = timers()
    const running = kernelWith().run(copy, { timeoutMs: 1_000_000, signal })
    expect([timers(), listeners.size]).toEqual([before + 1, 1])
    await running
    expect([timers(), listeners.size]).toEqual([before, 0])
  })

  it('has given back what it was given when it is over, calls that nobody awaited included', async () => {
    const { reader, writer, counts } = pipeEnds()
    await kernelWith().run(
      async (task) => {
        void task.readAsync(0, new Uint8Array(1))
        task.fork((child) => child.readAsync(0, new Uint8Array(1)))
        await settle()
      },
      { input: reader },
    )
    expect(counts()[0]).toBe(0)
    writer.release()
  })

  it('children that outlive it are killed, and what they had open is closed', async () => {
    const kernel = kernelWith()
    const result = await kernel.run(async (task) => {
      const [r] = task.pipe2()
      task.fork(async (child) => {
        child.fork(yes)
        child.clone(untilEnd, { files: true })
        await child.readAsync(r, new Uint8Array(1))
      })
      task.spawn(async (child) => {
        child.onSignal('TERM', 'ignore')
        await untilEnd(child)
      })
      await settle()
      return 4
    })
    expect(result.status).toBe(4)
    expect(kernel.lsof()).toEqual([])
  })

  it('an orphan of a child is killed as well', async () => {
    const kernel = kernelWith()
    await kernel.run(async (task) => {
      const child = task.fork(async (middle) => {
        middle.fork(untilEnd)
      })
      await task.wait(child)
    })
    expect(kernel.tasks()).toEqual([])
  })

  it('output over the limit is refused as by a broken pipe, and what fits is kept', async () => {
    const kernel = kernelWith()
    const result = await kernel.run(yes, { maxOutputBytes: 11 })
    expect(result).toMatchObject({ status: 141, signal: 'PIPE', truncated: true, text: 'y\ny\ny\ny\ny\ny' })
    const both = await kernel.run(
      async (task) => {
        task.onSignal('PIPE', 'ignore')
        return [task.writeErrno(1, utf8('abc')), task.writeErrno(2, utf8('def')), task.writeErrno(1, utf8('g'))].findIndex(
          (it) => it === -32,
        )
      },
      { maxOutputBytes: 4 },
    )
    expect([both.status, both.text, text(both.stderr), both.truncated]).toEqual([2, 'abc', 'd', true])
    expect((await kernel.run(async (task) => task.write(1, utf8('abcd')) - 4, { maxOutputBytes: 4 })).truncated).toBe(false)
  })

  it('input that was not read is cancelled', async () => {
    let cancelled = false
    const input = createSource(
      (async function* () {
        try {
          for (;;) yield 'line\n'
        } finally {
          cancelled = true
        }
      })(),
    )
    await kernelWith().run(async (task) => (await task.readAsync(0, new Uint8Array(3))) - 3, { input })
    expect(cancelled).toBe(true)
  })

  it('input that fails is an error of reading', async () => {
    const result = await kernelWith().run(copy, { input: createSource(() => Promise.reject(new Error('broken'))) })
    expect(result).toMatchObject({ status: 1, error: { code: 'EIO', syscall: 'read', handle: 0 } })
  })

  it('many runs at once do not disturb each other', async () => {
    const kernel = kernelWith()
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => kernel.run(copy, { input: String(i) })))
    expect(results.map((it) => it.text)).toEqual(results.map((_, i) => String(i)))
    expect(kernel.lsof()).toEqual([])
  })

  it('that cannot start rejects, and leaves nothing', async () => {
    const kernel = kernelWith()
    const wrong: unknown[] = [
      null,
      7,
      { timeoutMs: -1 },
      { timeoutMs: NaN },
      { timeoutMs: '1' },
      { maxOutputBytes: -1 },
      { maxOutputBytes: 1.5 },
      { signal: {} },
      { signal: null },
      { input: {} },
      { input: 5 },
      { args: [1] },
      { env: 1 },
      { limit: NaN },
    ]
    for (const options of wrong) {
      expect([options, await outcomeOf(kernel.run(copy, options as never))]).toEqual([
        options,
        expect.stringMatching(/EINVAL|EBADF/),
      ])
    }
    expect(await outcomeOf(kernel.run('x'))).toBe('EINVAL')
    expect(await outcomeOf(kernel.run(copy, { cwd: '/nowhere' }))).toBe('ENOENT')
    expect(kernel.lsof()).toEqual([])
  })
})

describe('a stream as input', () => {
  /** A stream of chunks, and how many of them were asked for; `end` says how it ends. */
  function counted(chunks: number, end: (controller: ReadableStreamDefaultController<Uint8Array>) => void = (it) => it.close()) {
    const seen = { asked: 0, cancelled: undefined as unknown }
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (seen.asked === chunks) end(controller)
          else controller.enqueue(new Uint8Array(1000).fill(++seen.asked))
        },
        cancel(reason) {
          seen.cancelled = reason ?? 'without a reason'
        },
      },
      { highWaterMark: 0 },
    )
    return { stream, seen }
  }

  it('is read to its end', async () => {
    const { stream } = counted(300)
    const { status, stdout } = await kernelWith().run(copy, { input: stream })
    expect([status, stdout.length, stdout[0], stdout[299_999]]).toEqual([0, 300_000, 1, 300 % 256])
    const texts = new Response('hello').body!.pipeThrough(new TextDecoderStream())
    expect((await kernelWith().run(copy, { input: texts })).text).toBe('hello')
  })

  it('is asked for a chunk only when somebody reads and has none, and cancelled when nobody will', async () => {
    const { stream, seen } = counted(300)
    const asked: number[] = []
    const program = async (task: Task) => {
      asked.push(seen.asked)
      for (const length of [400, 600, 1]) {
        await task.readAsync(0, new Uint8Array(length))
        asked.push(seen.asked)
      }
    }
    expect(await kernelWith().run(program, { input: stream })).toMatchObject({ status: 0 })
    expect(asked).toEqual([0, 1, 1, 2])
    expect(seen).toEqual({ asked: 2, cancelled: 'without a reason' })
  })

  it('that fails is an error of reading, after what came before', async () => {
    const { stream } = counted(1, (it) => {
      it.error(Object.assign(new Error('unplugged'), { code: 'ECONNRESET' }))
    })
    const result = await kernelWith().run(copy, { input: stream })
    expect([result.status, result.stdout.length]).toEqual([1, 1000])
    expect(result.error).toMatchObject({ code: 'ECONNRESET', syscall: 'read' })
  })

  it('is cancelled when its program is killed while it waits for a chunk', async () => {
    let cancelled = false
    const input = new ReadableStream<string>({ cancel: () => void (cancelled = true) })
    expect(await kernelWith().run(copy, { input, timeoutMs: 1 })).toMatchObject({ timedOut: true })
    expect(cancelled).toBe(true)
  })

  it('is cancelled when its program cannot start', async () => {
    for (const options of [{ timeoutMs: -1 }, { cwd: '/nowhere' }, { signal: AbortSignal.abort() }, { odd: 1 }]) {
      const { stream, seen } = counted(1)
      await expect(kernelWith().run(copy, { ...options, input: stream })).rejects.toThrow()
      expect([options, seen.asked, seen.cancelled]).toEqual([options, 0, 'without a reason'])
    }
  })

  it('that somebody else reads is refused, and left alone', async () => {
    const { stream, seen } = counted(1)
    const reader = stream.getReader()
    await expect(kernelWith().run(copy, { input: stream })).rejects.toThrow(
      'EINVAL: options.input must be a stream that has no other reader',
    )
    expect([(await reader.read()).value?.length, seen.cancelled]).toEqual([1000, undefined])
  })

  it('may be anything else that createSource takes', async () => {
    const inputs = [
      ['one', 'two'],
      Readable.from(['one', 'two']),
      (async function* () {
        yield* ['one', 'two']
      })(),
    ]
    for (const input of inputs) expect((await kernelWith().run(copy, { input })).text).toBe('onetwo')
  })
})

describe('createKernel', () => {
  it('refuses options that are wrong, and leaves the root to the caller', () => {
    const wrong: unknown[] = [null, 5, { pipe: 1 }, { trace: 'x' }, { kinds: 5 }, { kinds: [{}] }, { kinds: {} }, { root: {} }]
    for (const options of wrong) expect(() => createKernel(options as never)).toThrow(/EINVAL/)
  })

  it('preset: pipes, and files in memory', async () => {
    const kernel = createPresetKernel()
    const result = await kernel.run(async (task) => {
      const [r, w] = task.pipe2()
      task.close(task.open('/f', O_CREAT | O_RDWR))
      task.write(w, utf8('through a pipe'))
      const buffer = new Uint8Array(20)
      await task.writeAsync(1, buffer.subarray(0, task.read(r, buffer)))
    })
    expect(result.text).toBe('through a pipe')
    expect(() => createPresetKernel({ trace: 1 as never })).toThrow('options.trace must be a function')
    kernel.close()
  })
})
