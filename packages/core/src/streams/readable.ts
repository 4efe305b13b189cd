import { Source, type ReadOptions } from './source.js'
import type { KernelObject } from '../object/kernel-object.js'

/**
 * Makes a `ReadableStream` of an object's bytes. It takes over the reference and releases it at the end of file, at a
 * failure, or when it is cancelled. Nothing is read before the consumer asks. Chunks are copies. It waits even if the
 * object is non-blocking.
 *
 * The stream fails with the error of a read (a `HandleError`), or with `signal.reason`.
 *
 * @throws EINVAL for an object without `StreamOps`, or options of the wrong shape; EBADF for a reference that has
 *   ended. Then the caller keeps the reference
 */
export function toReadable(object: KernelObject, options: ReadOptions = {}): ReadableStream<Uint8Array> {
  const source = new Source(object, options, 'toReadable')
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source.taken.onAbort((reason) => {
          controller.error(reason)
        })
      },
      async pull(controller) {
        const chunk = await source.next()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel: (reason) => source.taken.end(reason),
    },
    // With room for none, a pull comes only when somebody reads.
    { highWaterMark: 0 },
  )
}
