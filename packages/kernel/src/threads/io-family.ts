import { HandleError, type HandleTable, type KernelObject } from '@ht/core'
import { EIO } from '../errno.js'
import { IO, IoOps, PairOps, StartOps, type IoMethods } from './io-kinds.js'
import type { SharedMemory } from '@ht/core/shared'
import type { SocketFamily } from '@ht/core/socket'

/** Where a thread finds the I/O worker. */
export interface IoPlace {
  readonly memory: SharedMemory
  /** The table that has what to ask at the number {@link IO}; nothing while the worker starts. */
  readonly table: HandleTable
}

/** Sockets that are made in the I/O worker, and are at home there: any thread asks it, without the kernel's. */
export class IoFamily implements SocketFamily {
  readonly domains: readonly number[]
  readonly #place: () => IoPlace

  constructor(domains: readonly number[], place: () => IoPlace) {
    this.domains = domains
    this.#place = place
  }

  open(domain: number, type: number, protocol: number): KernelObject | number {
    return this.#ask('socket', (io) => io.socket(domain, type, protocol))
  }

  pair(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number {
    return this.#ask('socketpair', (io) => {
      const pair = io.pair(domain, type, protocol)
      return typeof pair === 'number' ? pair : takeBoth(pair)
    })
  }

  /**
   * Asks the I/O worker, which is started where it has ended, and waited for.
   *
   * @throws ETIMEDOUT when it has not attached for long, in the kernel's thread; EAGAIN where a thread may not block
   */
  #ask<T>(syscall: string, ask: (io: IoMethods) => T | number): T | number {
    const place = this.#place()
    for (let hasStarted = false; ; hasStarted = true) {
      const object = whenThere(place, syscall)
      try {
        const io = object.as(IoOps)
        if (io !== undefined) return ask(io)
        // One that it has had started, and that did not come to attach, would not do so the next time either.
        const started = hasStarted ? -EIO : (object.as(StartOps)?.start() ?? -EIO)
        if (started < 0) return started
      } finally {
        object.release()
      }
    }
  }
}

/** What is to be asked: it comes when the worker has attached, which rings everybody. */
function whenThere({ memory, table }: IoPlace, syscall: string): KernelObject {
  const { words, doorbell, waits } = memory
  // The kernel's thread is not told meanwhile of a worker that does not load.
  const deadline = memory.waitsBriefly ? performance.now() + START_MS : Infinity
  for (;;) {
    const seen = Atomics.load(words, doorbell)
    waits.answerRing()
    const object = table.get(IO)
    if (object !== undefined) return object
    if (!memory.canWait) throw new HandleError('EAGAIN', { text: 'the I/O worker has not started yet', syscall })
    const rest = deadline - performance.now()
    if (rest <= 0) {
      throw new HandleError('ETIMEDOUT', { text: `the I/O worker has not started for ${String(START_MS)} ms`, syscall })
    }
    waits.sleep(seen, rest)
  }
}

function takeBoth(pair: KernelObject): readonly [KernelObject, KernelObject] | number {
  try {
    const { take } = pair.as(PairOps)!
    const first = take(0)
    if (typeof first === 'number') return first
    const second = take(1)
    if (typeof second !== 'number') return [first, second]
    first.release()
    return second
  } finally {
    pair.release()
  }
}

/** How long the kernel's thread waits for a worker that starts. */
const START_MS = 10_000
