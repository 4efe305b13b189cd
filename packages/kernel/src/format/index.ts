/**
 * What a kernel tells, as text: the list of what is open, and the trace.
 *
 * @example
 * import { createKernel } from '@ht/kernel'
 * import { formatLsof, formatTrace } from '@ht/kernel/format'
 *
 * const kernel = createKernel({ trace: (event) => console.log(formatTrace(event)) })
 * console.log(formatLsof(kernel.lsof()))
 *
 * @packageDocumentation
 */

export { formatLsof } from './lsof.js'
export { formatTrace } from './trace.js'
export type { FormatTraceOptions } from './trace.js'
