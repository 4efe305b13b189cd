/**
 * What kinds that carry bytes are built of.
 *
 * @packageDocumentation
 */

export { Ring } from './ring.js'
