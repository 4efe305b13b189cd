import { dispose } from '../object/dispose.js'
import { dropHolder, type OpenObject } from '../object/open-object.js'
import type { Handle, Slots } from './slots.js'

/**
 * A handle that one owner closes once, by {@link close} or `using`. If the number was closed meanwhile, or has come to
 * name something else, closing does nothing, so it cannot close somebody else's handle.
 */
export class OwnedHandle {
  readonly handle: Handle
  readonly #generation: number
  #slots: Slots | undefined

  /** @internal */
  constructor(slots: object, handle: Handle) {
    this.#slots = slots as Slots
    this.handle = handle
    this.#generation = this.#slots.generationAt(handle)
  }

  /** Whether the number still names the object that it named. */
  get isOpen(): boolean {
    const slots = this.#slots
    return slots?.isOpen(this.handle) === true && slots.generationAt(this.handle) === this.#generation
  }

  /**
   * Closes the handle if it is still the one that was owned.
   *
   * @throws the errors of hooks, after the handle has been closed
   */
  close(): void {
    const slots = this.#slots
    if (slots === undefined) return
    const locked = slots.lock()
    let fallen: OpenObject | undefined
    try {
      fallen = this.isOpen ? locked.clear(this.handle) : undefined
    } finally {
      locked.unlock()
    }
    this.#slots = undefined
    if (fallen !== undefined) dropHolder(fallen)
  }

  /** The same as {@link close}, for `using`. */
  [dispose](): void {
    this.close()
  }
}
