import { getEventListeners } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { whenReady, type WaitOptions } from '@ht/core'
import { toIterable, toReadable, toWritable } from '@ht/core/streams'
import { AF_UNIX, SOCK_STREAM } from '@ht/core/socket'
import { createPipe } from '@ht/pipe'
import { createSink, createSource } from '../src/stdio/index.js'
import { idleTask, kernelWith, outcomeOf, settle, untilEnd, utf8 } from './support/kernel.js'
import type { Task } from '../src/index.js'

const MANY = 1000
const many = <T>(make: (i: number) => T): T[] => Array.from({ length: MANY }, (_, i) => make(i))
const count = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

const warnings: Error[] = []
const warned = (warning: Error) => void warnings.push(warning)
beforeEach(() => {
  warnings.length = 0
  process.on('warning', warned)
})
afterEach(async () => {
  // Node.js tells of a warning in the next turn.
  await settle()
  process.off('warning', warned)
  expect(warnings).toEqual([])
})

/** Calls that wait for what does not come, by what they wait for. */
const waits: Record<string, (task: Task, options: WaitOptions) => Promise<unknown>> = {
  'a pipe to read': (task, options) => task.readAsync(0, new Uint8Array(1), options),
  'a pipe to read, into several buffers': (task, options) => task.readvAsync(0, [new Uint8Array(1)], options),
  'a pipe to write': (task, options) => task.writeAsync(3, new Uint8Array(1), options),
  'a child': (task, options) => task.wait(undefined, options),
  'a connection': (task, options) => task.accept4Async(4, 0, options),
  'a message': (task, options) => task.recvAsync(5, new Uint8Array(1), 0, options),
}

async function waitingTask(): Promise<Task> {
  const task = idleTask()
  task.pipe2()
  const [, full] = task.pipe2()
  task.fcntl(full, 1031, 4096)
  task.write(full, new Uint8Array(4096))
  const listener = task.socket(AF_UNIX, SOCK_STREAM)
  task.bind(listener, 'name')
  task.listen(listener, 1)
  task.socketpair(AF_UNIX, SOCK_STREAM)
  task.fork(untilEnd)
  // The programs themselves listen to their signals.
  await settle()
  return task
}

describe('1,000 waits at once add one listener, and leave none,', () => {
  for (const [name, wait] of Object.entries(waits)) {
    it(`to the task’s signal: ${name}`, async () => {
      const task = await waitingTask()
      const { signal } = task
      const own = count(signal)
      const calls = many(() => outcomeOf(wait(task, {})))
      await settle()
      expect(count(signal)).toBe(own + 1)
      task.kernel.kill(task.id)
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['ESRCH']))
      expect(count(signal)).toBe(own)
    })

    it(`to one that they are given: ${name}`, async () => {
      const task = await waitingTask()
      const controller = new AbortController()
      const { signal } = controller
      const own = count(task.signal)
      const calls = many(() => outcomeOf(wait(task, { signal })))
      await settle()
      expect([count(signal), count(task.signal)]).toEqual([1, own + 1])
      const reason = new Error('enough')
      controller.abort(reason)
      expect(new Set(await Promise.all(calls))).toEqual(new Set([reason]))
      expect([count(signal), count(task.signal)]).toEqual([0, own])
    })
  }

  it('when what they wait for comes, too', async () => {
    const task = await waitingTask()
    const { signal } = new AbortController()
    const calls = many(() => task.readAsync(0, new Uint8Array(1), { signal }))
    await settle()
    expect(count(signal)).toBe(1)
    await task.writeAsync(1, new Uint8Array(MANY))
    expect(await Promise.all(calls)).toEqual(many(() => 1))
    expect(count(signal)).toBe(0)
  })

  it('and when they time out', async () => {
    const task = await waitingTask()
    const { signal } = new AbortController()
    const calls = many(() => outcomeOf(task.readAsync(0, new Uint8Array(1), { signal, timeoutMs: 1 })))
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ETIMEDOUT']))
    expect(count(signal)).toBe(0)
  })

  it('also without a kernel', async () => {
    const { reader, writer } = createPipe()
    const { signal } = new AbortController()
    const calls = many(() => whenReady(reader, 1, { signal }))
    expect(count(signal)).toBe(1)
    writer.release()
    await Promise.all(calls)
    expect(count(signal)).toBe(0)
    reader.release()
  })
})

describe('one signal', () => {
  it('of 1,000 runs has one listener', async () => {
    const kernel = kernelWith()
    const controller = new AbortController()
    const { signal } = controller
    const runs = many(() => outcomeOf(kernel.run(untilEnd, { signal })))
    expect(count(signal)).toBe(1)
    controller.abort('all of them')
    expect(new Set(await Promise.all(runs))).toEqual(new Set(['all of them']))
    expect(count(signal)).toBe(0)
  })

  it('of 1,000 streams has one listener', async () => {
    const { signal } = new AbortController()
    const pipes = many(() => createPipe())
    const readers = pipes.map(({ reader }, i) =>
      i % 2 === 0 ? toReadable(reader, { signal }).getReader() : toIterable(reader, { signal }),
    )
    const writers = pipes.map(({ writer }) => toWritable(writer, { signal }).getWriter())
    const chunks = readers.map((it) => ('read' in it ? it.read() : it.next()))
    await settle()
    expect(count(signal)).toBe(1)
    await Promise.all(writers.map((it) => it.write(utf8('x'))))
    expect((await Promise.all(chunks)).map(({ value }) => (value as Uint8Array).length)).toEqual(many(() => 1))
    await Promise.all([...writers.map((it) => it.close()), ...readers.map((it) => ('cancel' in it ? it.cancel() : it.return!()))])
    expect(count(signal)).toBe(0)
  })

  it('tells each of those who wait, whatever one of them does when it is told', async () => {
    const { reader, writer } = createPipe()
    const controller = new AbortController()
    const { signal } = controller
    const later: unknown[] = []
    const ended = many(() => whenReady(reader, 1, { signal }).catch((error: unknown) => later.push(error)))
    await settle()
    controller.abort('reason')
    await Promise.all(ended)
    expect(later).toEqual(many(() => 'reason'))
    writer.release()
    reader.release()
  })
})

describe('one stream of Node.js', () => {
  const events = ['error', 'readable', 'end', 'finish', 'close']
  const listeners = (stream: PassThrough) => events.map((event) => stream.listenerCount(event))

  it('that 1,000 sinks lead to has one listener, and none when they are gone', async () => {
    const stream = new PassThrough()
    stream.resume()
    const before = listeners(stream)
    const sinks = many(() => createSink(stream, { keepOpen: true }))
    expect(stream.listenerCount('error')).toBe(before[0]! + 1)
    for (const sink of sinks) sink.release()
    await settle()
    expect(listeners(stream)).toEqual(before)
  })

  it('that is read by one source after the other, and left open, has no listener of theirs', async () => {
    const stream = new PassThrough()
    const before = listeners(stream)
    for (let i = 0; i < 20; i++) {
      stream.write('x')
      const source = createSource(stream, { keepOpen: true })
      const task = idleTask({ stdin: source })
      expect(await task.readAsync(0, new Uint8Array(9))).toBe(1)
      task.close(0)
      await settle()
      expect(listeners(stream)).toEqual(before)
    }
    expect(stream.destroyed).toBe(false)
  })

  it('tells all of its sinks of an error', async () => {
    const stream = new PassThrough()
    const task = idleTask({ stdout: createSink(stream), stderr: createSink(stream) })
    stream.destroy(Object.assign(new Error('no room'), { code: 'ENOSPC' }))
    await settle()
    expect([task.writeErrno(1, utf8('x')), task.writeErrno(2, utf8('x'))]).toEqual([-28, -28])
  })
})
