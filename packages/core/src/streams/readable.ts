import { Source, type ReadOptions } from './source.js'
import type { KernelObject } from '../object/kernel-object.js'

/**
 * A `ReadableStream` of an object's bytes. It takes the reference over, and gives it back at the end of
 * file, at a failure, or when it is cancelled. Nothing is read before somebody asks for it. Chunks are
 * copies in memory of their own. It waits also where the object is non-blocking.
 *
 * The stream fails with what a read answers (a `HandleError`), or with `signal.reason`.
 *
 * @throws EINVAL for an object without a stream, or options of the wrong shape; EBADF for a
 *   reference that is over. Then the reference is the caller's
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
