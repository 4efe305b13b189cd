import { Queue } from '../stdio/queue.js'
import { now, type Trace, type TracedCall, type TraceEvent, type Tracer } from './event.js'
import { Snapshot } from './snapshot.js'
import type { RunningTask } from '../task/task.js'

/** Tells a trace of the calls that are made in its own thread, and of others that it is passed. */
export class LocalTracer implements Tracer {
  /** How many bytes of a call's arguments are told. */
  readonly most: number
  readonly #trace: Trace
  /** What is to be told, in its order. */
  readonly #queue = new Queue<TraceEvent>()
  /** Set while the queue is told in turns of the event loop. */
  #turn: ReturnType<typeof setTimeout> | undefined
  /** Called when all of the queue is told. */
  #told: (() => void)[] = []
  #isGiving = false

  constructor(trace: Trace, most: number) {
    this.#trace = trace
    this.most = most
  }

  begin(task: RunningTask, name: string, args: readonly unknown[]): TracedCall {
    return new LocalCall(this, task.id, name, args)
  }

  /** Tells the trace of a call that has ended, or puts it behind what waits for its turn. */
  tell(event: TraceEvent): void {
    if (this.#turn === undefined) {
      this.#give(event)
      return
    }
    this.#queue.push(event)
    if (!this.#isGiving) this.#giveSome(GIVEN_FOR_ONE)
  }

  /** Tells of several. What a trace does when it is told may have more told, behind what is to be told already. */
  tellAll(events: readonly TraceEvent[]): void {
    for (const event of events) this.#queue.push(event)
    this.#giveSome(this.#turn === undefined ? Infinity : events.length * GIVEN_FOR_ONE)
  }

  /** Tells of any number, and lets the event loop have its turns meanwhile. @param then called when all is told, maybe at once */
  tellInTurns(events: readonly TraceEvent[], then: () => void): void {
    for (const event of events) this.#queue.push(event)
    this.#told.push(then)
    if (this.#turn === undefined) this.#takeTurn()
  }

  /** Tells of all that waits for its turn. */
  flush(): void {
    if (this.#turn === undefined) return
    clearTimeout(this.#turn)
    this.#giveSome(Infinity)
    this.#takeTurn()
  }

  #takeTurn(): void {
    const end = performance.now() + SLICE_MS
    let isAll: boolean
    do isAll = this.#giveSome(1)
    while (!isAll && performance.now() < end)
    if (!isAll) {
      this.#turn = setTimeout(() => {
        this.#takeTurn()
      })
      return
    }
    this.#turn = undefined
    const told = this.#told
    this.#told = []
    for (const then of told) then()
  }

  /** Gives the trace what is first in the queue, and says whether that was all. */
  #giveSome(count: number): boolean {
    const isNested = this.#isGiving
    this.#isGiving = true
    try {
      for (let left = count; left > 0; left--) {
        const event = this.#queue.shift()
        if (event === undefined) return true
        this.#give(event)
      }
      return false
    } finally {
      this.#isGiving = isNested
    }
  }

  #give(event: TraceEvent): void {
    try {
      this.#trace(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** How long a trace is told without a turn of the event loop, in ms. */
const SLICE_MS = 10
/** How many are told for each that comes to wait: the queue becomes no longer, and comes to an end. */
const GIVEN_FOR_ONE = 2

class LocalCall implements TracedCall {
  readonly #tracer: LocalTracer
  readonly #task: number
  readonly #name: string
  readonly #snapshot: Snapshot
  readonly #start = now()
  #hasEnded = false

  constructor(tracer: LocalTracer, task: number, name: string, args: readonly unknown[]) {
    this.#tracer = tracer
    this.#task = task
    this.#name = name
    this.#snapshot = new Snapshot(name, args, tracer.most)
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
    const start = this.#start
    this.#tracer.tell({ task: this.#task, name: this.#name, args: this.#snapshot.args, result, start, duration: now() - start })
  }
}
