import { describe, expect, it, vi } from 'vitest'
import {
  defineKind,
  errnoOf,
  HandleTable,
  implement,
  IN,
  NONBLOCK,
  openObjectOf,
  OUT,
  readAsync,
  readiness,
  StreamOps,
  WaitQueue,
  whenReady,
  writeAsync,
  type KernelObject,
} from '../src/index.js'
import { plain } from './counting-kind.js'

/** One byte that can be there or not. */
class Cell {
  value: number | undefined
  drops = 0
  releases = 0
  readonly queue = new WaitQueue()

  put(value: number | undefined): void {
    this.value = value
    this.queue.wake()
  }
}

const EAGAIN = errnoOf('EAGAIN')
const cellKind = defineKind<Cell>({
  name: 'test-cell',
  capabilities: [
    implement(StreamOps, {
      read({ state }, buffer) {
        if (state.value === undefined) return -EAGAIN
        buffer[0] = state.value
        state.put(undefined)
        return 1
      },
      write({ state }, bytes) {
        if (state.value !== undefined) return -EAGAIN
        state.put(bytes[0])
        return 1
      },
    }),
  ],
  dropHolder: ({ state }) => {
    state.drops++
  },
  release: ({ state }) => {
    state.releases++
  },
  ready: {
    now: ({ state }) => (state.value === undefined ? OUT : IN),
    changes: ({ state }) => state.queue,
  },
})

const open = (status = 0): { cell: Cell; object: KernelObject } => {
  const cell = new Cell()
  return { cell, object: cellKind.open(cell, { status }) }
}

/** Lets everything that is ready to run, run. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('waiting', () => {
  it('a read waits for data, and a write for room', async () => {
    const { cell, object } = open()
    const buffer = new Uint8Array(1)
    const read = readAsync(object, buffer)
    await settle()
    cell.put(7)
    expect(await read).toBe(1)
    expect(buffer[0]).toBe(7)
    const written = writeAsync(object, Uint8Array.of(1, 2, 3))
    const seen: number[] = []
    for (let i = 0; i < 3; i++) {
      await readAsync(object, buffer)
      seen.push(buffer[0]!)
    }
    expect(await written).toBe(3)
    expect(seen).toEqual([1, 2, 3])
  })

  it('survives a close of the handle, whose holder goes when it ends', async () => {
    const table = new HandleTable()
    const { cell, object } = open()
    const handle = table.insert(object)
    const read = table.withObject(handle, (lent) => [readAsync(lent, new Uint8Array(1))])![0]!
    table.close(handle)
    await settle()
    expect([cell.drops, cell.releases]).toEqual([0, 0])
    cell.put(1)
    expect(await read).toBe(1)
    expect([cell.drops, cell.releases]).toEqual([1, 1])
  })

  it('of a non-blocking object does not wait', async () => {
    const { object } = open(NONBLOCK)
    await expect(readAsync(object, new Uint8Array(1))).rejects.toMatchObject({ code: 'EAGAIN' })
    expect(await writeAsync(object, Uint8Array.of(1, 2))).toBe(1)
    await expect(writeAsync(object, Uint8Array.of(1))).rejects.toMatchObject({ code: 'EAGAIN' })
  })

  it('ends by a signal with its reason, and leaves nothing behind', async () => {
    const { cell, object } = open()
    const controller = new AbortController()
    const read = readAsync(object, new Uint8Array(1), { signal: controller.signal })
    await settle()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(read).rejects.toBe(reason)
    await expect(readAsync(object, new Uint8Array(1), { signal: controller.signal })).rejects.toBe(reason)
    expect(openObjectOf(object)).toMatchObject({ references: 1, operations: 0 })
    cell.put(3)
    expect(cell.value).toBe(3)
  })

  it('however it ends, leaves the signal and the queue as they were', async () => {
    const { cell, object } = open()
    const { signal } = new AbortController()
    const listeners = new Set<unknown>()
    let waiters = 0
    vi.spyOn(signal, 'addEventListener').mockImplementation((_, listener) => void listeners.add(listener))
    vi.spyOn(signal, 'removeEventListener').mockImplementation((_, listener) => void listeners.delete(listener))
    const add = cell.queue.add.bind(cell.queue)
    vi.spyOn(cell.queue, 'add').mockImplementation((wake) => {
      const leave = add(wake)
      waiters++
      return () => {
        waiters--
        leave()
      }
    })
    const read = readAsync(object, new Uint8Array(1), { signal })
    await settle()
    expect([listeners.size, waiters]).toEqual([1, 1])
    cell.put(1)
    await read
    await expect(readAsync(object, new Uint8Array(1), { signal, timeoutMs: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect([listeners.size, waiters]).toEqual([0, 0])
  })

  it('ends at its time with ETIMEDOUT, and data that came in time is not lost', async () => {
    const { cell, object } = open()
    await expect(readAsync(object, new Uint8Array(1), { timeoutMs: 0 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    cell.put(1)
    expect(await readAsync(object, new Uint8Array(1), { timeoutMs: 0 })).toBe(1)
    expect(openObjectOf(object)).toMatchObject({ references: 1, operations: 0 })
  })

  it('a write that is ended half way says how much it wrote', async () => {
    const { object } = open()
    expect(await writeAsync(object, Uint8Array.of(1, 2), { timeoutMs: 0 })).toBe(1)
  })

  it.each([
    [{ timeoutMs: -1 }],
    [{ timeoutMs: NaN }],
    [{ timeoutMs: '3' }],
    [{ signal: {} }],
    [{ signal: null }],
    [{ signal: new EventTarget() }],
    [null],
  ])('refuses the options %o', async (options) => {
    const { object } = open()
    await expect(readAsync(object, new Uint8Array(1), options as never)).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(whenReady(object, IN, options as never)).rejects.toMatchObject({ code: 'EINVAL' })
  })

  it('refuses wrong buffers and objects that are no stream', async () => {
    const { object } = open()
    await expect(readAsync(object, 'x' as never)).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(writeAsync(object, [1] as never)).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(readAsync(plain(), new Uint8Array(1))).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(writeAsync(plain(), new Uint8Array(1))).rejects.toMatchObject({ code: 'EINVAL' })
    expect(openObjectOf(object)).toMatchObject({ references: 1, operations: 0 })
  })

  it('a reader that answers a part at once is not missed by the writer that goes on', async () => {
    const { cell, object } = open()
    const seen: number[] = []
    cell.queue.add(() => {
      if (cell.value === undefined) return
      seen.push(cell.value)
      cell.value = undefined
    })
    expect(await writeAsync(object, Uint8Array.of(1, 2, 3, 4))).toBe(4)
    expect(seen).toEqual([1, 2, 3, 4])
  })

  it('a kind that takes little at a time and says nothing of readiness is written whole', async () => {
    const kind = defineKind({ name: 'test-slow', capabilities: [implement(StreamOps, { write: () => 1 })] })
    expect(await writeAsync(kind.open(null), new Uint8Array(5))).toBe(5)
  })

  it('a private object of a kind that can be shared has nobody to wait for: without readiness, EAGAIN is the answer', async () => {
    const kind = defineKind<null>({
      name: 'test-lone',
      shared: { attach: () => null },
      capabilities: [implement(StreamOps, { read: () => -EAGAIN, write: () => 0 })],
    })
    const object = kind.open(null)
    await expect(readAsync(object, new Uint8Array(1))).rejects.toMatchObject({ code: 'EAGAIN' })
    object.release()
  })

  it('a signal that aborts while it is tried ends the wait', async () => {
    const controller = new AbortController()
    const queue = new WaitQueue()
    const kind = defineKind({
      name: 'test-aborting',
      capabilities: [
        implement(StreamOps, {
          read: () => {
            controller.abort(new Error('meanwhile'))
            return -EAGAIN
          },
        }),
      ],
      ready: { now: () => 0, changes: () => queue },
    })
    await expect(readAsync(kind.open(null), new Uint8Array(1), { signal: controller.signal })).rejects.toThrow('meanwhile')
  })

  it('a queue that throws ends it, and leaves no timer', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const kind = defineKind({
      name: 'test-no-queue',
      capabilities: [implement(StreamOps, { read: () => -EAGAIN })],
      ready: {
        now: () => 0,
        changes: () => {
          throw new Error('no queue')
        },
      },
    })
    await expect(readAsync(kind.open(null), new Uint8Array(1), { timeoutMs: 60_000 })).rejects.toThrow('no queue')
    expect(set).not.toHaveBeenCalled()
    set.mockRestore()
  })

  it('many may wait for one change', async () => {
    const { cell, object } = open()
    const reads = [1, 2, 3].map(() => readAsync(object, new Uint8Array(1)))
    for (let i = 0; i < 3; i++) {
      await settle()
      cell.put(i)
    }
    expect(await Promise.all(reads)).toEqual([1, 1, 1])
  })
})

describe('readiness', () => {
  it('of a kind that says nothing is always readable and writable', async () => {
    expect(readiness(openObjectOf(plain()))).toBe(IN | OUT)
    expect(await whenReady(plain(), IN)).toBe(IN | OUT)
  })

  it.each([0, -1, 1.5, NaN, 0x10000, '1'])('whenReady refuses the events %o', async (events) => {
    await expect(whenReady(plain(), events as number)).rejects.toMatchObject({ code: 'EINVAL' })
  })

  it('whenReady gives the bits when one of the wanted is there', async () => {
    const { cell, object } = open(NONBLOCK)
    expect(await whenReady(object, OUT)).toBe(OUT)
    const ready = whenReady(object, IN)
    await settle()
    cell.put(1)
    expect(await ready).toBe(IN)
  })
})

describe('a wait queue', () => {
  it('wakes the others though one of them throws, which is thrown again later', async () => {
    const queue = new WaitQueue()
    const seen: string[] = []
    queue.add(() => {
      throw new Error('bad waiter')
    })
    queue.add(() => void seen.push('good'))
    const later: unknown[] = []
    const tasks: (() => void)[] = []
    vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void tasks.push(task))
    queue.wake()
    vi.restoreAllMocks()
    for (const task of tasks) {
      try {
        task()
      } catch (error) {
        later.push((error as Error).message)
      }
    }
    await settle()
    expect([seen, later]).toEqual([['good'], ['bad waiter']])
  })

  it('wakes everyone who waits now, until they leave', () => {
    const queue = new WaitQueue()
    const seen: string[] = []
    const wake = () => void seen.push('a')
    const leave = queue.add(wake)
    const leaveToo = queue.add(wake)
    queue.add(() => {
      seen.push('b')
      leave()
    })
    queue.wake()
    leaveToo()
    leaveToo()
    queue.wake()
    expect(seen).toEqual(['a', 'a', 'b', 'b'])
  })
})
