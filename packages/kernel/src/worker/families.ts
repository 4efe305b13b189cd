import type { SocketFamily } from '@ht/core/socket'
import type { IoFamily } from '../threads/io-family.js'
import type { ControlClient } from './control.js'

/**
 * Families of sockets that are made in the I/O worker, which is asked at once, and for all other domains in the kernel's
 * thread: that answers for those it has not.
 */
export class ControlledFamilies extends Map<number, SocketFamily> {
  readonly #control: ControlClient
  readonly #io: IoFamily | undefined

  constructor(control: ControlClient, io: IoFamily | undefined) {
    super()
    this.#control = control
    this.#io = io
  }

  override get(domain: number): SocketFamily {
    if (this.#io?.domains.includes(domain) === true) return this.#io
    return {
      domains: [domain],
      open: (_domain, type, protocol) => this.#control.socket(domain, type, protocol),
      pair: (_domain, type, protocol) => this.#control.pair(domain, type, protocol),
    }
  }
}
