import { accountOf, payerOf } from '../words/charges.js'
import { allocate, bytesOf, free } from '../words/pages.js'
import type { Words } from '../words/words.js'

/** What a block has room for unless more is needed: the arguments of a call that reads or writes 64 KiB. */
const USUAL_BYTES = 68 * 1024

/** The pages that this thread's calls write their arguments to. They are given back when it leaves or dies. */
export class Blocks {
  readonly #memory: Words
  /** Those of the usual size that no call uses: as many as there were ever calls within calls. */
  readonly #kept: number[] = []

  constructor(memory: Words) {
    this.#memory = memory
  }

  /** Pages with room for this many bytes. @throws ENOMEM */
  take(size: number, syscall: string): number {
    if (size > USUAL_BYTES) return allocate(this.#memory, size, syscall)
    return this.#kept.pop() ?? this.#make(size, syscall)
  }

  /** Keeps a block for the next call, or gives it back if it is of another size than usual, or another account pays for it. */
  keep(block: number): void {
    const memory = this.#memory
    const isOwn = memory.words[payerOf(memory, block)] === accountOf(memory, memory.thread)
    if (isOwn && bytesOf(memory, block) === USUAL_BYTES) this.#kept.push(block)
    else free(memory, block)
  }

  #make(size: number, syscall: string): number {
    const memory = this.#memory
    const { worksFor } = memory
    try {
      // Not on the account of the thread whose call this one executes: the block stays when that call is over.
      memory.worksFor = memory.thread
      return allocate(memory, USUAL_BYTES, syscall)
    } catch {
      // Where memory is short, a call makes do with less, which is given back behind it.
      memory.worksFor = worksFor
      return allocate(memory, size, syscall)
    } finally {
      memory.worksFor = worksFor
    }
  }
}
