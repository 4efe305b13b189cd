import type { Inode } from '../../ops/inode.js'
import type { Words } from '../words/words.js'

/** No device, of a host or of a tree, has so high a number; and none of a thread's own inodes is here. */
const OF_THE_MEMORY = 2 ** 40 + 1
/** How many values a word of the memory holds. */
const WORD = 2 ** 32

/**
 * An inode that stands in words of a kind's, all 0 at first. Its number is that of the words, which no other has
 * meanwhile. Of two threads that set a time at once, the time may come to be neither.
 */
export class SharedInode implements Inode {
  static readonly words = 5
  readonly dev = OF_THE_MEMORY
  readonly ino: number
  readonly #words: Int32Array
  readonly #at: number
  /** The mode that the words begin with. */
  readonly #mode: number

  constructor(memory: Words, at: number, mode: number) {
    this.ino = at
    this.#words = memory.words
    this.#at = at
    this.#mode = mode
  }

  get mode(): number {
    return Atomics.load(this.#words, this.#at) ^ this.#mode
  }

  set mode(mode: number) {
    Atomics.store(this.#words, this.#at, mode ^ this.#mode)
  }

  get accessed(): number {
    return this.#time(1)
  }

  set accessed(time: number) {
    this.#setTime(1, time)
  }

  get modified(): number {
    return this.#time(3)
  }

  set modified(time: number) {
    this.#setTime(3, time)
  }

  #time(offset: number): number {
    const at = this.#at + offset
    return Atomics.load(this.#words, at) * WORD + (Atomics.load(this.#words, at + 1) >>> 0)
  }

  #setTime(offset: number, time: number): void {
    const at = this.#at + offset
    Atomics.store(this.#words, at, Math.floor(time / WORD))
    Atomics.store(this.#words, at + 1, time - Math.floor(time / WORD) * WORD)
  }
}
