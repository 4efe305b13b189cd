/**
 * Web streams, and iterables, of anything that can be read and written.
 *
 * @example
 * import { toReadable, toWritable } from '@ht/core/streams'
 * import { createPipe } from '@ht/pipe'
 *
 * const { reader, writer } = createPipe()
 * new Blob(['one line\n']).stream().pipeTo(toWritable(writer))
 * for await (const text of toReadable(reader).pipeThrough(new TextDecoderStream())) console.log(text)
 *
 * @packageDocumentation
 */

export { toReadable } from './readable.js'
export { toWritable } from './writable.js'
export { toIterable } from './iterable.js'
export type { ReadOptions } from './source.js'
export type { WriteOptions } from './writable.js'
