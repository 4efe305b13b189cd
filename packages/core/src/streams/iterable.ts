import { Source, type ReadOptions } from './source.js'
import type { KernelObject } from '../object/kernel-object.js'

/**
 * Iterates over an object's bytes, once: `for await (const chunk of toIterable(object))`. It takes over the reference
 * and releases it at the end of file, at a failure, at an early `break`, or when `return()` is called, even before the
 * iteration or while a read waits. Chunks are copies.
 *
 * The iteration throws the error of a read (a `HandleError`), or `signal.reason`.
 *
 * @throws as `toReadable`
 */
export function toIterable(object: KernelObject, options: ReadOptions = {}): AsyncIterableIterator<Uint8Array> {
  const source = new Source(object, options, 'toIterable')
  let ended = false
  let failure: { reason: unknown } | undefined
  source.taken.onAbort((reason) => {
    failure = { reason }
  })
  /** Reads come one after the other, however they are asked for. */
  let last: Promise<unknown> = Promise.resolve()

  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    if (ended) return { done: true, value: undefined }
    try {
      if (failure !== undefined) throw failure.reason
      const value = await source.next()
      if (value !== undefined) return { done: false, value }
    } catch (error) {
      // A consumer that ended it while a read was waiting wants no error of that read.
      if (!isEnded()) {
        ended = true
        throw error
      }
    }
    ended = true
    return { done: true, value: undefined }
  }
  const isEnded = () => ended

  return {
    next() {
      const result = last.then(next)
      last = result.catch(() => undefined)
      return result
    },
    async return() {
      ended = true
      await source.taken.end()
      return { done: true, value: undefined }
    },
    async throw(error) {
      ended = true
      await source.taken.end()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
