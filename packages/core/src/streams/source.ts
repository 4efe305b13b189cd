import { checkInteger } from '../errors/check.js'
import { errorFrom } from '../errors/handle-error.js'
import { Taken } from './taken.js'
import type { KernelObject } from '../object/kernel-object.js'

/** How a stream reads. */
export interface ReadOptions {
  /** The most bytes that a chunk has: 1 to 1,073,741,824. Defaults to 65,536. */
  readonly chunkBytes?: number | undefined
  /** Ends the stream: it fails with the signal's `reason`, and the reference is given back. */
  readonly signal?: AbortSignal | undefined
}

/** Reads an object chunk by chunk, and gives the reference back at the end of file or at a failure. */
export class Source {
  readonly taken: Taken
  readonly #chunkBytes: number
  /** Kept from one read to the next; it leaves only when it is full. */
  #buffer: Uint8Array | undefined

  constructor(object: KernelObject, options: ReadOptions, syscall: string) {
    const { chunkBytes = 65_536 } = (options as ReadOptions | null) ?? {}
    checkInteger(chunkBytes, 'options.chunkBytes', 1, 1 << 30, syscall)
    this.#chunkBytes = chunkBytes
    this.taken = new Taken(object, options, syscall)
  }

  /** The next bytes, in memory of their own; undefined at the end of file. */
  async next(): Promise<Uint8Array | undefined> {
    try {
      const buffer = (this.#buffer ??= new Uint8Array(this.#chunkBytes))
      const count = await this.taken.read(buffer)
      if (count < 0) throw errorFrom(count, { syscall: 'read' })
      if (count === 0) {
        await this.taken.end()
        return undefined
      }
      if (count < buffer.length) return buffer.slice(0, count)
      this.#buffer = undefined
      return buffer
    } catch (error) {
      await this.taken.end(error).catch(() => undefined)
      throw error
    }
  }
}
