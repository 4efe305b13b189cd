import { HandleError } from '../errors/handle-error.js'
import { dispose } from '../object/dispose.js'
import { placeReserved, placingError } from './place.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { Handle, Slots } from './slots.js'
import type { MetadataInit } from './metadata.js'

/**
 * A number that is taken but not open yet. Its owner ends it once: {@link fill} opens it,
 * {@link cancel} frees it. Once it has ended, `cancel` does nothing and `fill` fails.
 */
export class Reservation {
  /** The reserved number. */
  readonly handle: Handle
  readonly #generation: number
  #slots: Slots | undefined

  /** @internal */
  constructor(slots: object, handle: Handle) {
    this.#slots = slots as Slots
    this.handle = handle
    this.#generation = this.#slots.generationAt(handle)
  }

  /**
   * Opens the number with an object, which the table takes over. Returns the number.
   *
   * @throws as `insertWithMetadata`, and the number stays reserved; EBADF if the reservation has ended or the table
   *   was disposed of
   */
  fill(object: KernelObject, metadata?: MetadataInit): Handle {
    if (this.#slots === undefined) {
      throw new HandleError('EBADF', { text: 'the reservation has ended', syscall: 'fill', handle: this.handle })
    }
    const result = placeReserved(this.#slots, this.handle, this.#generation, object, metadata)
    if (result < 0) throw placingError(result, 'fill', this.handle)
    this.#slots = undefined
    return result
  }

  /** Frees the number, unless the reservation has ended. */
  cancel(): void {
    const slots = this.#slots
    if (slots === undefined) return
    const locked = slots.lock()
    try {
      locked.cancel(this.handle)
    } finally {
      locked.unlock()
    }
    this.#slots = undefined
  }

  /** The same as {@link cancel}, for `using`. */
  [dispose](): void {
    this.cancel()
  }
}
