import { checkBytes } from '../errors/check.js'
import { errorFrom } from '../errors/handle-error.js'
import { Taken } from './taken.js'
import type { KernelObject } from '../object/kernel-object.js'

/** Options of {@link toWritable}. */
export interface WriteOptions {
  /** Ends the stream: it fails with the signal's `reason`, and the reference is released. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes a `WritableStream` that writes to an object. It takes over the reference and releases it when it is closed or
 * aborted, or at a failure. Each chunk, a Uint8Array, is written whole: a write is done when all of it has been taken,
 * even if the object is non-blocking.
 *
 * The stream fails with the error of a write (a `HandleError`: EPIPE if there is no reader), with EINVAL for a chunk
 * that is not a Uint8Array, or with `signal.reason`.
 *
 * @throws as `toReadable`
 */
export function toWritable(object: KernelObject, options: WriteOptions = {}): WritableStream<Uint8Array> {
  const taken = new Taken(object, options, 'toWritable')
  return new WritableStream<Uint8Array>({
    start(controller) {
      taken.onAbort((reason) => {
        controller.error(reason)
      })
      // An abort reaches the sink only after the write that waits, so that write has to be cut short.
      controller.signal.addEventListener('abort', () => {
        taken.end(controller.signal.reason).catch(() => undefined)
      })
    },
    async write(chunk) {
      try {
        await writeWhole(taken, checkBytes(chunk, 'chunk', 'write'))
      } catch (error) {
        // Neither close nor abort comes after a failure.
        await taken.end(error).catch(() => undefined)
        throw error
      }
    },
    close: () => taken.end(),
    abort: (reason) => taken.end(reason),
  })
}

async function writeWhole(taken: Taken, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const count = await taken.write(bytes.subarray(at))
    if (count < 0) throw errorFrom(count, { syscall: 'write' })
    at += count
  }
}
