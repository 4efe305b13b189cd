/**
 * Standard input, output and error that lead to the host: to Node.js and Web streams, texts, bytes and functions.
 *
 * @example
 * import { createKernel } from '@ht/kernel'
 * import { createSink, createSource } from '@ht/kernel/stdio'
 *
 * const kernel = createKernel()
 * const task = kernel.spawn(program, { stdin: createSource(process.stdin), stdout: createSink(process.stdout) })
 * await task.exited
 *
 * @packageDocumentation
 */

export { createSource } from './source.js'
export type { Chunk, HostStreamOptions, SourceInit, WebReadable } from './source.js'
export { createSink } from './sink.js'
export type { NodeWritable, SinkInit, WebWritable } from './sink.js'
export { controlTerminal, TIOCGWINSZ } from './window-size.js'
export type { MaybeTerminal } from './window-size.js'
