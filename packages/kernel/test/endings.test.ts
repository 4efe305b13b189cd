import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { trackLeaks } from '@ht/core/debug'
import { createKernel } from '../src/index.js'
import { createPresetKernel } from '../src/preset.js'
import { createSource } from '../src/stdio/index.js'

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a stream of Node.js as standard input', () => {
  it('is destroyed when it was never read', async () => {
    const stream = Readable.from(['never read'])
    await createKernel().run(() => 0, { input: createSource(stream) })
    expect(stream.destroyed).toBe(true)
  })

  it('that fails before anybody reads is what reading fails with', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ht-kernel-'))
    const input = createSource(createReadStream(join(folder, 'missing')))
    const { error } = await createKernel().run(
      async (task) => {
        for (let i = 0; i < 5; i++) await settle()
        await task.readAsync(0, new Uint8Array(4))
      },
      { input },
    )
    rmSync(folder, { recursive: true })
    expect(error).toMatchObject({ code: 'ENOENT' })
  })

  it('is read to its end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ht-kernel-'))
    writeFileSync(join(folder, 'file'), 'from a file')
    const input = createSource(createReadStream(join(folder, 'file')))
    const { text } = await createKernel().run(
      async (task) => {
        const buffer = new Uint8Array(4)
        for (let n; (n = await task.readAsync(0, buffer)) > 0;) await task.writeAsync(1, buffer.subarray(0, n))
      },
      { input },
    )
    rmSync(folder, { recursive: true })
    expect(text).toBe('from a file')
  })
})

it('a source that gives empty chunks without end does not keep a timeout from ending the run', async () => {
  let asked = 0
  const input = createSource(() => {
    asked++
    return ''
  })
  const result = await createKernel().run(async (task) => (await task.readAsync(0, new Uint8Array(1))) - 1, {
    input,
    timeoutMs: 20,
  })
  expect(result).toMatchObject({ signal: 'KILL', timedOut: true })
  expect(asked).toBeGreaterThan(0)
})

describe('signal handlers', () => {
  it('an async one may end the task', async () => {
    const kernel = createKernel()
    const task = kernel.spawn(async (it) => {
      it.onSignal('TERM', async () => {
        await settle()
        it.exit(3)
      })
      it.kill(it.id, 'TERM')
      await new Promise(() => undefined)
    })
    expect(await task.exited).toMatchObject({ status: 3, error: undefined })
  })

  it('an async one that fails ends the task as a program that throws does', async () => {
    const kernel = createKernel()
    const task = kernel.spawn(async (it) => {
      it.onSignal('TERM', async () => {
        await settle()
        throw new Error('in the handler')
      })
      it.kill(it.id, 'TERM')
      await new Promise(() => undefined)
    })
    expect(await task.exited).toMatchObject({ status: 1, error: { message: 'in the handler' } })
  })

  it.each([17, 18, 23, 28])('signal %i does nothing by default', async (signal) => {
    const kernel = createKernel()
    const task = kernel.spawn((it) => {
      it.kill(it.id, signal)
      return 7
    })
    expect(await task.exited).toMatchObject({ status: 7, signal: undefined })
  })
})

describe('exec', () => {
  it('ends the waiting calls of the old program, so that they take nothing of the new one’s', async () => {
    const kernel = createPresetKernel()
    let old: Promise<unknown> | undefined
    const { text } = await kernel.run(async (task) => {
      const [reader, writer] = task.pipe2()
      old = task.readAsync(reader, new Uint8Array(8)).catch((error: unknown) => (error as { code: string }).code)
      await task.exec(async (next) => {
        await settle()
        next.write(writer, new TextEncoder().encode('new'))
        const buffer = new Uint8Array(8)
        const length = await next.readAsync(reader, buffer)
        await next.writeAsync(1, buffer.subarray(0, length))
      })
    })
    expect(text).toBe('new')
    expect(await old).toBe('ECANCELED')
    kernel.close()
  })
})

describe('kernel.run', () => {
  it('takes over its input on every way of failing', async () => {
    for (const options of [
      { signal: AbortSignal.abort(new Error('before')) },
      { maxOutputBytes: -1 },
      { timeoutMs: -1 },
      { cwd: 5 },
    ]) {
      const input = createSource('x')
      await expect(createKernel().run(() => 0, { ...options, input } as never)).rejects.toThrow()
      expect(input.isLive).toBe(false)
    }
  })

  it.each([5, {}, true, null])('refuses the input %o by EINVAL that names it', async (input) => {
    await expect(createKernel().run(() => 0, { input: input as never })).rejects.toThrow('options.input')
  })

  it('keeps what fits of the last write, and refuses the next', async () => {
    const results: unknown[] = []
    const { text, truncated } = await createKernel().run(
      (task) => {
        task.onSignal('PIPE', 'ignore')
        for (const piece of ['0123456789', 'abcdefghij', 'k', '']) {
          results.push(task.writeErrno(1, new TextEncoder().encode(piece)))
        }
        return 0
      },
      { maxOutputBytes: 15 },
    )
    expect([text, truncated]).toEqual(['0123456789abcde', true])
    expect(results).toEqual([10, 5, -32, 0])
  })

  it('of a program that waits for children leaves no reference', async () => {
    const kernel = createKernel()
    const tracker = trackLeaks()
    await kernel.run(async (task) => {
      const child = task.fork(async () => {
        await settle()
        return 0
      })
      await task.wait(child)
    })
    kernel.close()
    const leaks = tracker.leaks().map(({ text }) => text)
    tracker.stop()
    expect(leaks).toEqual([])
  })
})
