import { openObjectOf, type Kind, type KernelObject } from '@ht/core'
import { EXDEV } from '../errno.js'

/**
 * The state of the other directory of a rename or link, or −EXDEV when it is of another kind.
 *
 * @throws EBADF when the reference has ended
 */
export function peerDirectory<S>(object: KernelObject, wanted: Kind<S>): S | number {
  const { kind, state } = openObjectOf(object)
  return kind.name === wanted.name ? (state as S) : -EXDEV
}
