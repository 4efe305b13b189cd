import { now, type Trace, type TracedCall, type TraceEvent, type Tracer } from './event.js'
import { Snapshot } from './snapshot.js'
import type { RunningTask } from '../task/task.js'

/** Tells a trace of the calls that are made in its own thread, and of others that it is passed. */
export class LocalTracer implements Tracer {
  /** How many bytes of a call's arguments are told. */
  readonly most: number
  readonly #trace: Trace

  constructor(trace: Trace, most: number) {
    this.#trace = trace
    this.most = most
  }

  begin(task: RunningTask, name: string, args: readonly unknown[]): TracedCall {
    return new LocalCall(this, task.id, name, args)
  }

  /** Tells the trace of a call that has ended. */
  tell(event: TraceEvent): void {
    try {
      this.#trace(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

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
