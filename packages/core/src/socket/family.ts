import type { KernelObject } from '../object/kernel-object.js'

/**
 * Makes sockets of one family, for who gives out sockets by number: a kernel is given those that its tasks may
 * use. What comes back is the caller's, blocking, or −errno.
 */
export interface SocketFamily {
  /** The domains that it answers for: AF_UNIX, AF_INET, … */
  readonly domains: readonly number[]
  /**
   * A new socket (socket(2)). `type` has no flags. −EAFNOSUPPORT for a domain that is not its own;
   * −EPROTONOSUPPORT, −ESOCKTNOSUPPORT.
   */
  open(domain: number, type: number, protocol: number): KernelObject | number
  /** Two sockets that are connected to each other (socketpair(2)); a family without pairs leaves it out. */
  pair?(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number
}
