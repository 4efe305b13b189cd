import { now, type TracedCall, type Tracer } from './event.js'
import { writeBeginning, writeEnding } from './messages.js'
import { RingWriter } from './ring.js'
import { Snapshot } from './snapshot.js'
import type { SharedMemory } from '@ht/core/shared'
import type { RunningTask } from '../task/task.js'

/** Where a worker tells of its calls, as it is posted. */
export interface TracePlace {
  /** The address of its ring. */
  readonly at: number
  /** How many bytes of a call's arguments are told. */
  readonly most: number
}

/**
 * Tells the kernel's trace of a worker's calls, by a ring in shared memory. A call is told of before it does anything,
 * and once more when it has ended, so that nothing that was done is missing when the worker dies. Where the kernel has
 * not come to read, a worker waits: nothing is left out.
 */
export class RingTracer implements Tracer {
  readonly #ring: RingWriter
  readonly #most: number
  #calls = 0
  /** The kernel has told of a signal that is about to be raised. */
  isSignalTold = false

  constructor(memory: SharedMemory, { at, most }: TracePlace) {
    this.#ring = new RingWriter(memory, at)
    this.#most = most
  }

  begin(_task: RunningTask, name: string, args: readonly unknown[]): TracedCall {
    // What happens to the task is told by who has it happen.
    if (name === 'exit' || (name === 'signal' && this.isSignalTold)) {
      this.isSignalTold = false
      return NOTHING
    }
    return new RingCall(this.#ring, ++this.#calls, name, new Snapshot(name, args, this.#most))
  }
}

class RingCall implements TracedCall {
  readonly #ring: RingWriter
  readonly #call: number
  readonly #snapshot: Snapshot
  readonly #start = now()
  #hasEnded = false

  constructor(ring: RingWriter, call: number, name: string, snapshot: Snapshot) {
    this.#ring = ring
    this.#call = call
    this.#snapshot = snapshot
    ring.write(writeBeginning({ call, name, args: snapshot.args, start: this.#start }))
    snapshot.isChanged = false
  }

  moved(at: number, bytes: Uint8Array): void {
    this.#snapshot.moved(at, bytes)
  }

  answered(result: unknown): void {
    if (!this.#hasEnded) this.#snapshot.answered(result)
  }

  end(result: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const { isChanged, args } = this.#snapshot
    const duration = now() - this.#start
    this.#ring.write(writeEnding({ call: this.#call, result, duration, args: isChanged ? args : undefined }))
  }
}

const NOTHING: TracedCall = { moved: () => undefined, answered: () => undefined, end: () => undefined }
