/**
 * Pipes for handle tables: bounded, with atomic small writes, end of file when the last writer goes and
 * broken pipe when the last reader does.
 *
 * @example
 * import { HandleTable, readAsync, StreamOps } from '@ht/core'
 * import { createPipe } from '@ht/pipe'
 *
 * const table = new HandleTable()
 * const { reader, writer } = createPipe()
 * const [r, w] = table.insertAll([reader, writer])
 *
 * @packageDocumentation
 */

export { createPipe } from './create-pipe.js'
export type { PipeEnds, PipeOptions } from './create-pipe.js'
export { DEFAULT_CAPACITY, MAX_CAPACITY, PIPE_BUF } from './pipe.js'
export { pipeKind } from './pipe-kind.js'
