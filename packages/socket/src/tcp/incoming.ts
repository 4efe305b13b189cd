/**
 * Bytes that came and were not received yet, in the pieces that the host gave. Small pieces are copied together, so
 * that many of them take no more memory than their bytes.
 */
export class Incoming {
  /** How many bytes there are. */
  stored = 0
  #pieces: Uint8Array[] = []
  /** The first piece that is left, and the first byte in it. */
  #first = 0
  #at = 0
  /** How much of the last piece is filled; 0 when it is the host's, which takes nothing more. */
  #filled = 0

  add(bytes: Uint8Array): void {
    const alone = this.stored === 0
    this.stored += bytes.length
    if (alone || bytes.length >= OWN_PIECE / 2) {
      this.#seal()
      this.#pieces.push(bytes)
      return
    }
    if (this.#filled === 0 || this.#filled + bytes.length > OWN_PIECE) {
      this.#seal()
      this.#pieces.push(new Uint8Array(OWN_PIECE))
    }
    this.#pieces.at(-1)?.set(bytes, this.#filled)
    this.#filled += bytes.length
  }

  /** Takes the oldest bytes out into `out`, as many as there are and it holds, and says how many that was. */
  take(out: Uint8Array): number {
    let count = 0
    while (count < out.length && this.stored > 0) {
      const piece = this.#pieces[this.#first]!
      const taken = copy(piece, this.#at, this.#end(this.#first), out, count)
      count += taken
      this.stored -= taken
      this.#at += taken
      if (this.#at === piece.length) this.#drop()
    }
    if (this.stored === 0) this.clear()
    return count
  }

  /** {@link take}, and leaves them. */
  peek(out: Uint8Array): number {
    let count = 0
    for (let i = this.#first; i < this.#pieces.length && count < out.length; i++) {
      const at = i === this.#first ? this.#at : 0
      count += copy(this.#pieces[i]!, at, this.#end(i), out, count)
    }
    return count
  }

  /** Forgets all. */
  clear(): void {
    this.stored = 0
    this.#pieces = []
    this.#first = 0
    this.#at = 0
    this.#filled = 0
  }

  /** Ends the last piece where it is filled. */
  #seal(): void {
    const last = this.#pieces.length - 1
    if (this.#filled > 0) this.#pieces[last] = this.#pieces[last]!.subarray(0, this.#filled)
    this.#filled = 0
  }

  #end(index: number): number {
    return this.#filled > 0 && index === this.#pieces.length - 1 ? this.#filled : this.#pieces[index]!.length
  }

  #drop(): void {
    this.#at = 0
    this.#pieces[this.#first++] = NOTHING
    // Places are given back now and then, so that a long row of them costs each byte the same.
    if (this.#first < 32) return
    this.#pieces = this.#pieces.slice(this.#first)
    this.#first = 0
  }
}

/** Memory of a piece that small ones are copied into, in bytes. */
const OWN_PIECE = 4096
const NOTHING = new Uint8Array(0)

function copy(piece: Uint8Array, at: number, end: number, out: Uint8Array, target: number): number {
  const count = Math.min(end - at, out.length - target)
  out.set(at === 0 && count === piece.length ? piece : piece.subarray(at, at + count), target)
  return count
}
