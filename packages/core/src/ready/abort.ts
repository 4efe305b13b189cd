/** Of each signal that is listened to, those who want to be told of its abort. */
const told = new WeakMap<AbortSignal, Told>()

/**
 * Calls `tell` when a signal aborts, until the returned function is called. This package adds one listener for all
 * waits on a signal, since Node.js takes more than ten for a leak and warns. Does nothing if the signal has already
 * aborted.
 */
export function onAbort(signal: AbortSignal, tell: () => void): () => void {
  let those = told.get(signal)
  if (those === undefined) told.set(signal, (those = new Told(signal)))
  return those.add(tell)
}

/** Those who are told of one signal's abort. */
class Told {
  readonly #signal: AbortSignal
  readonly #entries = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(tell: () => void): () => void {
    // Each is an entry of its own, also when two are told by one function.
    const entry = () => {
      tell()
    }
    if (this.#entries.size === 0) this.#signal.addEventListener('abort', this.#aborted)
    this.#entries.add(entry)
    return () => {
      if (this.#entries.delete(entry) && this.#entries.size === 0) this.#signal.removeEventListener('abort', this.#aborted)
    }
  }

  /** What one of them throws keeps nobody else from being told: it is thrown again when the current work is done. */
  readonly #aborted = () => {
    for (const entry of [...this.#entries]) {
      try {
        // One of those before it may have had it taken out.
        if (this.#entries.has(entry)) entry()
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
