import { ENOSPC } from '../errno.js'
import { copyBytes } from './copy.js'

/** How much memory the files of a tree take, and may take. */
export interface Space {
  /** Bytes. */
  used: number
  readonly limit: number
}

/** Bytes of a page: data and holes begin and end at pages (lseek(2), as tmpfs has it). */
const PAGE = 4096
/** Bytes of a whole piece. */
const PIECE = 65_536
/** Bytes that the first piece of a file begins with. */
const SMALLEST = 64

/**
 * The bytes of a file, in pieces of 64 KiB, so that no byte of a growing file is copied more than a few
 * times, and a piece that nobody wrote is a hole and takes nothing. The first piece doubles up to its size:
 * a small file takes little.
 *
 * Invariant: what a piece holds beyond the file's size is zero, so that a file can grow over it.
 */
export class Content {
  size = 0
  /** Bytes of memory that the pieces take. */
  allocated = 0
  /** By index: there are as many as were written, however far apart. */
  readonly #pieces = new Map<number, Uint8Array>()
  /** Of each piece, a bit for each of its pages that was written. */
  readonly #written = new Map<number, number>()

  /** Reads at a position that is not negative: how many bytes, 0 at the end. */
  read(buffer: Uint8Array, position: number): number {
    const wanted = Math.min(buffer.length, this.size - position)
    if (wanted <= 0) return 0
    for (let done = 0; done < wanted;) {
      const at = position + done
      const index = Math.floor(at / PIECE)
      const from = at - index * PIECE
      const length = Math.min(PIECE - from, wanted - done)
      const piece = this.#pieces.get(index)
      const held = piece === undefined ? 0 : Math.max(0, Math.min(length, piece.length - from))
      if (held > 0) copyBytes(buffer, done, piece!, from, held)
      if (held < length) buffer.fill(0, done + held, done + length)
      done += length
    }
    return wanted
  }

  /** Writes at a position that is not negative: how many bytes found space, or −ENOSPC when none did. */
  write(bytes: Uint8Array, position: number, space: Space): number {
    const wanted = bytes.length
    let done = 0
    while (done < wanted) {
      const at = position + done
      const index = Math.floor(at / PIECE)
      const to = at - index * PIECE
      const end = Math.min(PIECE, to + wanted - done)
      const piece = this.#hold(index, to, end, space)
      const length = Math.min(end, piece?.length ?? 0) - to
      if (length <= 0) break
      copyBytes(piece!, to, bytes, done, length)
      this.#written.set(index, (this.#written.get(index) ?? 0) | pagesOf(to, to + length))
      done += length
      if (to + length < end) break
    }
    if (done === 0 && wanted > 0) return -ENOSPC
    if (position + done > this.size && done > 0) this.size = position + done
    return done
  }

  /** Cuts, or extends by a hole. */
  truncate(length: number, space: Space): void {
    if (length < this.size) {
      const index = Math.floor(length / PIECE)
      const cut = length - index * PIECE
      this.#pieces.get(index)?.fill(0, cut)
      this.#written.set(index, (this.#written.get(index) ?? 0) & pagesOf(0, cut))
      for (const [at, piece] of this.#pieces) {
        if (at < index || (at === index && cut > 0)) continue
        this.#pieces.delete(at)
        this.#written.delete(at)
        this.#count(-piece.length, space)
      }
    }
    this.size = length
  }

  /** Where data or a hole begins that is next to a position within the file; −1 where no data follows. */
  next(position: number, isHole: boolean): number {
    const at = isHole ? this.#nextHole(position) : this.#nextData(position)
    return at < this.size ? at : isHole ? this.size : -1
  }

  #nextHole(position: number): number {
    let at = position
    while (at < this.size && this.#isWritten(at)) at = nextPage(at)
    return at
  }

  /** By the pieces that there are: a hole can be as long as a file. */
  #nextData(position: number): number {
    if (this.#isWritten(position)) return position
    let first = Infinity
    for (const [index, pages] of this.#written) {
      let at = Math.max(index * PIECE, nextPage(position))
      const end = Math.min((index + 1) * PIECE, first)
      if (pages === 0) continue
      while (at < end && !this.#isWritten(at)) at += PAGE
      if (at < end) first = at
    }
    return first
  }

  #isWritten(position: number): boolean {
    const index = Math.floor(position / PIECE)
    return ((this.#written.get(index) ?? 0) & (1 << Math.floor((position - index * PIECE) / PAGE))) !== 0
  }

  /** The piece, made or grown to hold `end` bytes, or as many from `start` on as there is space for. */
  #hold(index: number, start: number, end: number, space: Space): Uint8Array | undefined {
    const piece = this.#pieces.get(index)
    const has = piece?.length ?? 0
    if (has >= end) return piece
    const free = space.limit - space.used
    const roomy = index > 0 ? PIECE : Math.min(PIECE, Math.max(SMALLEST, 2 * has, end))
    const length = roomy - has <= free ? roomy : Math.min(end, has + free)
    if (length <= Math.max(has, start)) return piece
    let grown: Uint8Array
    try {
      grown = new Uint8Array(length)
    } catch {
      // The engine has no memory left: so there is no space.
      return piece
    }
    if (piece !== undefined) grown.set(piece)
    this.#pieces.set(index, grown)
    this.#count(length - has, space)
    return grown
  }

  #count(bytes: number, space: Space): void {
    this.allocated += bytes
    space.used += bytes
  }
}

/** The pages of a piece from a place to another, as bits. */
function pagesOf(from: number, to: number): number {
  const first = Math.floor(from / PAGE)
  const end = Math.ceil(to / PAGE)
  return (1 << end) - (1 << first)
}

function nextPage(position: number): number {
  return (Math.floor(position / PAGE) + 1) * PAGE
}
