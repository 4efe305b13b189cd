import { describe, expect, it, vi } from 'vitest'
import { defineKind, implement, O_CREAT, O_NONBLOCK, O_RDWR, StreamOps } from '@ht/core'
import { idleTask, kernelWith, outcomeOf, pipeEnds, settle, text, utf8 } from './support/kernel.js'

const buffer = () => new Uint8Array(100)

describe('readAsync', () => {
  it('waits for bytes, and for the end of file', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const got = buffer()
    const first = task.readAsync(r, got)
    await settle()
    task.write(w, utf8('hello'))
    expect([await first, text(got.subarray(0, 5))]).toEqual([5, 'hello'])
    const second = task.readAsync(r, got)
    await settle()
    task.close(w)
    expect(await second).toBe(0)
  })

  it('survives the close of its handle, and ends on the old object', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const waiting = task.readAsync(r, buffer())
    await settle()
    task.close(r)
    task.dup2(w, r)
    expect(task.write(w, utf8('abc'))).toBe(3)
    expect(await waiting).toBe(3)
    expect(task.writeErrno(w, utf8('x'))).toBe(-32)
  })

  it('does not wait on what is non-blocking', async () => {
    const task = idleTask()
    const [r] = task.pipe2(O_NONBLOCK)
    await expect(task.readAsync(r, buffer())).rejects.toMatchObject({ code: 'EAGAIN', syscall: 'read', handle: r, task: task.id })
  })

  it('rejects as read throws', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const directory = task.open('/')
    expect(await outcomeOf(task.readAsync(99, buffer()))).toBe('EBADF')
    expect(await outcomeOf(task.readAsync(w, buffer()))).toBe('EBADF')
    expect(await outcomeOf(task.writeAsync(r, buffer()))).toBe('EBADF')
    expect(await outcomeOf(task.readAsync(directory, buffer()))).toBe('EISDIR')
  })

  it('ends at its timeout, at its signal, with nothing held', async () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const [r] = task.pipe2()
    const before = kernel.lsof()
    await expect(task.readAsync(r, buffer(), { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      handle: r,
      task: task.id,
    })
    const reason = new Error('enough')
    const controller = new AbortController()
    const waiting = task.readAsync(r, buffer(), { signal: controller.signal })
    await settle()
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(task.readAsync(r, buffer(), { signal: controller.signal })).rejects.toBe(reason)
    expect(kernel.lsof()).toEqual(before)
  })

  it('leaves no listener at a signal, whichever way it ends', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const { signal } = new AbortController()
    const listeners = new Set<unknown>()
    vi.spyOn(signal, 'addEventListener').mockImplementation((_: string, listener: unknown) => void listeners.add(listener))
    vi.spyOn(signal, 'removeEventListener').mockImplementation((_: string, listener: unknown) => void listeners.delete(listener))
    const waiting = task.readAsync(r, buffer(), { signal })
    expect(listeners.size).toBe(1)
    task.write(w, utf8('abc'))
    await waiting
    await outcomeOf(task.readAsync(99, buffer(), { signal }))
    await outcomeOf(task.readAsync(r, buffer(), { signal, timeoutMs: 0 }))
    await task.writeAsync(w, buffer(), { signal })
    expect(listeners.size).toBe(0)
  })

  it('ends when its task is killed, and holds nothing then', async () => {
    const kernel = kernelWith()
    const { reader, writer, counts } = pipeEnds()
    const task = idleTask({ handles: { 0: reader, 1: writer } }, kernel)
    const waiting = [task.readAsync(0, buffer()), task.readAsync(0, buffer(), { signal: new AbortController().signal })]
    await settle()
    kernel.kill(task.id)
    for (const call of waiting) await expect(call).rejects.toThrow('ESRCH: the task has ended by signal TERM, read')
    expect(counts()).toEqual([0, 0])
  })
})

describe('writeAsync', () => {
  it('waits until all is in', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const written = task.writeAsync(w, new Uint8Array(200_000).fill(7))
    const got = new Uint8Array(50_000)
    let total = 0
    while (total < 200_000) total += await task.readAsync(r, got)
    expect(await written).toBe(200_000)
  })

  it('on what is non-blocking gives what there was room for', async () => {
    const task = idleTask()
    const [, w] = task.pipe2(O_NONBLOCK)
    expect(await task.writeAsync(w, new Uint8Array(100_000))).toBe(65_536)
    expect(await outcomeOf(task.writeAsync(w, buffer()))).toBe('EAGAIN')
  })

  it('whose signal ends it half way gives what was written', async () => {
    const task = idleTask()
    const [, w] = task.pipe2()
    expect(await task.writeAsync(w, new Uint8Array(100_000), { timeoutMs: 1 })).toBe(65_536)
    expect(await outcomeOf(task.writeAsync(w, buffer(), { timeoutMs: 1 }))).toBe('ETIMEDOUT')
  })

  it('gives what was written when its kind throws half way, and EIO for what is no answer', async () => {
    const answers: unknown[] = []
    const write = () => {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer as number
    }
    const odd = defineKind({ name: 'test-odd', capabilities: [implement(StreamOps, { write })] })
    const task = idleTask({ stdout: odd.open(undefined) }, kernelWith({ kinds: [odd], root: undefined as never }))
    answers.push(30, new Error('no more'), new Error('nothing'), NaN)
    expect(await task.writeAsync(1, buffer())).toBe(30)
    expect([await outcomeOf(task.writeAsync(1, buffer())), await outcomeOf(task.writeAsync(1, buffer())), answers]).toEqual([
      'EIO',
      'EIO',
      [],
    ])
  })
})

describe('readvAsync and writevAsync', () => {
  it('wait as one', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const [a, b] = [new Uint8Array(2), new Uint8Array(4)]
    const waiting = task.readvAsync(r, [a, b])
    expect(await task.writevAsync(w, [utf8('abc'), utf8('de')])).toBe(5)
    expect([await waiting, text(a), text(b.subarray(0, 3))]).toEqual([5, 'ab', 'cde'])
  })
})

describe('calls that are answered at once', () => {
  it('leave the event loop its turns', async () => {
    const kernel = kernelWith()
    const result = await kernel.run(
      async (task) => {
        const file = task.open('/f', O_CREAT | O_RDWR)
        for (;;) await task.writeAsync(file, new Uint8Array(0))
      },
      { timeoutMs: 20 },
    )
    expect(result).toMatchObject({ signal: 'KILL', timedOut: true })
  })

  it('that fail do so too, also those of a task that has ended', async () => {
    const kernel = kernelWith()
    let calls = 0
    const stop = 20_000
    const task = kernel.spawn(async (self) => {
      while (calls < stop) await self.readAsync(99, buffer()).catch(() => calls++)
    })
    await settle()
    await settle()
    expect(calls).toBeLessThan(stop)
    kernel.kill(task.id)
    const before = calls
    await settle()
    // One call was under way, and the next waits for a turn of its own.
    expect(calls).toBeLessThanOrEqual(before + 2)
    calls = stop
  })

  it('nobody hears of the rejection of a call that a program left alone', async () => {
    const kernel = kernelWith()
    const unheard: unknown[] = []
    const listener = (reason: unknown) => unheard.push(reason)
    process.on('unhandledRejection', listener)
    const task = kernel.spawn(async (self) => {
      const [r] = self.pipe2()
      void self.readAsync(r, buffer())
    })
    await task.exited
    void task.readAsync(0, buffer())
    void task.wait()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await settle()
    process.off('unhandledRejection', listener)
    expect(unheard).toEqual([])
  })
})
