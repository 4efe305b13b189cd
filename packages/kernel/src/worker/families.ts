import type { SocketFamily } from '@ht/core/socket'
import type { ControlClient } from './control.js'

/** Families of sockets that are made in the kernel's thread, whatever the domain: it answers for those it has not. */
export class ControlledFamilies extends Map<number, SocketFamily> {
  readonly #control: ControlClient

  constructor(control: ControlClient) {
    super()
    this.#control = control
  }

  override get(domain: number): SocketFamily {
    return {
      domains: [domain],
      open: (_domain, type, protocol) => this.#control.socket(domain, type, protocol),
      pair: (_domain, type, protocol) => {
        const pair = this.#control.pair(domain, type, protocol)
        return typeof pair === 'number' ? pair : [...pair]
      },
    }
  }
}
