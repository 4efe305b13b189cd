import { S_IFMT, S_IFREG, type Handle } from '@ht/core'
import { fromBytes } from '../libc/byte-string.js'
import type { Task } from '@ht/kernel'
import type { Output } from './output.js'

/** Something that a program reads. */
export class Input {
  readonly handle: Handle
  readonly #task: Task
  readonly #out: Output
  readonly #isFile: boolean
  #buffer: Uint8Array | undefined
  #held = 0

  constructor(task: Task, out: Output, handle: Handle) {
    this.#task = task
    this.#out = out
    this.handle = handle
    this.#isFile = isRegular(task, handle)
  }

  /** How many bytes were read and are not in the blocks that came out yet. */
  get held(): number {
    return this.#held
  }

  /** Closes what was opened for this; standard input stays open. */
  close(): void {
    if (this.handle !== 0) this.#task.closeErrno(this.handle)
  }

  /**
   * The next bytes, none at the end. They are good until the next call. What was put out is written before a wait for
   * more, as a reader may be waiting for it.
   */
  async read(): Promise<Uint8Array> {
    if (!this.#isFile) await this.#out.flush()
    this.#buffer ??= new Uint8Array(PIECE)
    return this.#buffer.subarray(0, await this.#task.readAsync(this.handle, this.#buffer))
  }

  /** All pieces to the end of file, each good until the next. */
  async *pieces(): AsyncGenerator<Uint8Array, void> {
    for (let piece; (piece = await this.read()).length > 0;) yield piece
  }

  /** Pieces of whole lines; the last may lack its delimiter. */
  async *blocks(delimiter = '\n'): AsyncGenerator<string, void> {
    let rest = ''
    for await (const piece of this.pieces()) {
      const text = fromBytes(piece)
      const end = text.lastIndexOf(delimiter) + 1
      if (end === 0) {
        rest += text
        continue
      }
      this.#held = text.length - end
      yield rest + text.slice(0, end)
      rest = text.slice(end)
    }
    this.#held = 0
    if (rest !== '') yield rest
  }

  /** Everything to the end of file. */
  async all(): Promise<string> {
    const texts: string[] = []
    for await (const piece of this.pieces()) texts.push(fromBytes(piece))
    return texts.join('')
  }
}

/** How many bytes are asked for at once. */
const PIECE = 65_536

function isRegular(task: Task, handle: Handle): boolean {
  try {
    return (task.fstat(handle).mode & S_IFMT) === S_IFREG
  } catch {
    return false
  }
}
