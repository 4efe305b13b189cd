import { EADDRINUSE } from './errno.js'

/** The longest name, in bytes of UTF-8: what Linux has room for behind the NUL of an abstract one (unix(7)). */
const LONGEST = 107

/** Whom names belong to. */
interface Named {
  address: string
}

/**
 * Names of sockets of one type, as Linux's abstract ones: no files, flat, each gone with its socket. A stream and
 * a datagram socket may have one name, since neither is found by the other.
 */
export class Names<S extends Named> {
  readonly #owners = new Map<string, S>()
  #lastGiven = 0

  /** The socket that has a name. */
  find(name: string): S | undefined {
    return this.#owners.get(name)
  }

  /** Gives a socket a name; −EADDRINUSE if another one has it. */
  claim(socket: S, name: string): number {
    if (this.#owners.has(name)) return -EADDRINUSE
    this.#owners.set(name, socket)
    socket.address = name
    return 0
  }

  /** Gives a socket a name that is made for it: five hexadecimal digits (unix(7), autobind). */
  claimAny(socket: S): number {
    for (;;) {
      const name = (++this.#lastGiven).toString(16).padStart(5, '0')
      if (this.claim(socket, name) === 0) return 0
    }
  }

  /** Frees the name of a socket, if it owns one: what accept made only shows its listener's. */
  free(socket: S): void {
    if (this.#owners.get(socket.address) === socket) this.#owners.delete(socket.address)
  }
}

/** Whether a text can be the name of a socket. */
export function isName(text: string): boolean {
  return text !== '' && (text.length <= LONGEST / 3 || new TextEncoder().encode(text).length <= LONGEST)
}

/** Puts a name into `out`, NULs behind it: of one that does not fit as much as does. */
export function writeName(name: string, out: Uint8Array): void {
  const bytes = new TextEncoder().encode(name).subarray(0, out.length)
  out.fill(0, bytes.length)
  out.set(bytes)
}
