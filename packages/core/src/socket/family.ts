import type { KernelObject } from '../object/kernel-object.js'

/**
 * Makes sockets of one family. A kernel is given the families that its tasks may use. The caller owns the returned
 * sockets, which are blocking; or −errno is returned.
 */
export interface SocketFamily {
  /** The domains that it answers for: AF_UNIX, AF_INET, … */
  readonly domains: readonly number[]
  /**
   * A new socket (socket(2)). `type` has no flags. −EAFNOSUPPORT for a domain that is not its own;
   * −EPROTONOSUPPORT, −ESOCKTNOSUPPORT.
   */
  open(domain: number, type: number, protocol: number): KernelObject | number
  /** Two sockets that are connected to each other (socketpair(2)); a family without pairs omits it. */
  pair?(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number
}
