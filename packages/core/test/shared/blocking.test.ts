import { afterEach, describe, expect, it } from 'vitest'
import {
  defineKind,
  IN,
  NONBLOCK,
  openObjectOf,
  OUT,
  readAsync,
  StreamOps,
  untilAnswered,
  WaitQueue,
  implement,
  whenReady,
  writeAsync,
} from '@ht/core'
import {
  createSharedMemory,
  createSharedTable,
  readSync,
  share,
  untilAnsweredSync,
  whenReadySync,
  writeSync,
  writeWholeSync,
} from '@ht/core/shared'
import { startThread } from '../../../../tooling/threads/start.js'
import { Watch } from '../../../../tooling/threads/watch.js'
import { createMailbox, mailboxKind } from './mailbox-kind.js'
import type { Worker } from 'node:worker_threads'

const memory = createSharedMemory({ bytes: 2 ** 21, objects: 64, kinds: [mailboxKind], spins: 0 })
const byte = Uint8Array.of(7)
const buffer = new Uint8Array(1)
let worker: Worker | undefined

afterEach(async () => {
  await worker?.terminate()
  worker = undefined
})

describe('a call that blocks', () => {
  it('answers at once when it can', () => {
    const mailbox = createMailbox(memory)
    expect(writeSync(mailbox, byte)).toBe(1)
    expect(whenReadySync(mailbox, IN)).toBe(IN)
    expect(readSync(mailbox, buffer)).toBe(1)
    expect(buffer).toEqual(byte)
    mailbox.release()
  })

  it('ends with ETIMEDOUT', () => {
    const mailbox = createMailbox(memory)
    expect(() => readSync(mailbox, buffer, { timeoutMs: 0 })).toThrow('ETIMEDOUT')
    expect(() => whenReadySync(mailbox, IN, { timeoutMs: 2 })).toThrow('ETIMEDOUT')
    mailbox.release()
  })

  it('ends with EINTR, unless there is an answer', () => {
    const mailbox = createMailbox(memory)
    const isInterrupted = () => true
    expect(() => readSync(mailbox, buffer, { isInterrupted })).toThrow('EINTR')
    writeSync(mailbox, byte)
    expect(readSync(mailbox, buffer, { isInterrupted })).toBe(1)
    mailbox.release()
  })

  it('ends with the reason of its signal, also before the first attempt', () => {
    const mailbox = createMailbox(memory)
    writeSync(mailbox, byte)
    const reason = new Error('enough')
    expect(() => readSync(mailbox, buffer, { signal: AbortSignal.abort(reason) })).toThrow(reason)
    expect(readSync(mailbox, buffer)).toBe(1)
    const control = new AbortController()
    const isInterrupted = () => {
      // It is looked at whenever the thread wakes; here it is this thread that rings.
      control.abort(reason)
      memory.waits.ring(memory.thread)
      return false
    }
    const open = openObjectOf(mailbox)
    expect(() =>
      untilAnsweredSync(open, () => -11, { signal: control.signal, isInterrupted, timeoutMs: 600_000 }, 'test'),
    ).toThrow(reason)
    mailbox.release()
  })

  it('of a non-blocking object is EAGAIN at once, but for readiness', () => {
    const mailbox = createMailbox(memory, NONBLOCK)
    expect(() => readSync(mailbox, buffer)).toThrow('EAGAIN')
    expect(() => whenReadySync(mailbox, IN, { timeoutMs: 0 })).toThrow('ETIMEDOUT')
    expect(writeSync(mailbox, Uint8Array.of(1, 2, 3))).toBe(1)
    mailbox.release()
  })

  it('tells how much was written, and what ended it', () => {
    const mailbox = createMailbox(memory)
    const outcome = writeWholeSync(openObjectOf(mailbox), Uint8Array.of(1, 2), { timeoutMs: 0 })
    expect(outcome).toMatchObject({ written: 1, failure: { code: 'ETIMEDOUT' } })
    expect(readSync(mailbox, buffer)).toBe(1)
    mailbox.release()
  })

  it('holds the object while it waits, and no longer', () => {
    const mailbox = createMailbox(memory)
    const open = openObjectOf(mailbox)
    const during: number[] = []
    const isInterrupted = () => {
      during.push(open.references)
      return true
    }
    expect(() => readSync(mailbox, buffer, { isInterrupted })).toThrow('EINTR')
    expect([...during, open.references]).toEqual([2, 1])
    mailbox.release()
  })

  it('on an object that only this thread can change is EDEADLK, instead of a wait without end', () => {
    const queue = new WaitQueue()
    const kind = defineKind({
      name: 'test-private',
      capabilities: [implement(StreamOps, { read: () => -11 })],
      ready: { now: () => 0, changes: () => queue },
    })
    const object = kind.open(null)
    expect(() => readSync(object, buffer, { timeoutMs: 5 })).toThrow(/^EDEADLK: this thread would wait for ever.*test-private/)
    expect(openObjectOf(object).references).toBe(1)
  })

  it.each([
    [{ timeoutMs: -1 }, 'options.timeoutMs'],
    [{ timeoutMs: NaN }, 'options.timeoutMs'],
    [{ signal: {} as AbortSignal }, 'options.signal'],
    [{ signal: new EventTarget() as AbortSignal }, 'options.signal'],
    [{ isInterrupted: 1 as never }, 'options.isInterrupted'],
    [null as never, 'options'],
  ])('refuses options of the wrong shape, and takes nothing: %o', (options, argument) => {
    const mailbox = createMailbox(memory)
    writeSync(mailbox, byte)
    expect(() => readSync(mailbox, buffer, options)).toThrow(`EINVAL: ${argument} must be`)
    expect(() => readSync(mailbox, 'text' as never)).toThrow('EINVAL: buffer must be')
    expect(() => whenReadySync(mailbox, 0)).toThrow('EINVAL: events must be')
    expect(readSync(mailbox, buffer)).toBe(1)
    mailbox.release()
  })
})

describe('a blocked thread and one with promises', () => {
  it('wake each other', async () => {
    const table = createSharedTable(memory)
    table.insertAll([createMailbox(memory), createMailbox(memory), createMailbox(memory)])
    worker = startThread(new URL('./mailbox-thread.ts', import.meta.url), { token: share(table) })
    const thread = new Watch(worker)
    const [first, second, third] = [0, 1, 2].map((handle) => table.get(handle)!) as [never, never, never]
    await writeAsync(first, Uint8Array.of(42))
    await whenReady(first, OUT)
    await writeAsync(second, byte)
    const got: number[] = []
    for (let i = 0; i < 3; i++) {
      await readAsync(third, buffer)
      got.push(buffer[0]!)
    }
    expect(got).toEqual([42, IN, 9])
    expect(await thread.next()).toEqual({ bits: IN, written: 3 })
    await thread.exited
    for (const object of [first, second, third] as { release(): void }[]) object.release()
    table.dispose()
  })

  it('a change between the look and the wait is not lost', async () => {
    const mailbox = createMailbox(memory)
    const open = openObjectOf(mailbox)
    let isFirst = true
    // What changes right after the first look, by another thread that sees nobody waiting.
    const { read } = mailboxKind.methods[StreamOps.name] as { read(open: unknown, buffer: Uint8Array): number }
    const attempt = () => {
      const answer = read(open, buffer)
      if (isFirst) Atomics.store(memory.words, (open.state as { at: number }).at, 8)
      isFirst = false
      return answer
    }
    const looked = untilAnswered(open, attempt, {}, 'read')
    expect(await looked).toBe(1)
    mailbox.release()
  })
})
