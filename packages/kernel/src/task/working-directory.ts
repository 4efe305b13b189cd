import type { KernelObject } from '@ht/core'

/** A directory that tasks work in: one reference to it, given back when the last of them has left. */
export class WorkingDirectory {
  readonly object: KernelObject
  #tasks = 1

  /** Takes over the reference. */
  constructor(object: KernelObject) {
    this.object = object
  }

  /** One task more works in it. */
  enter(): this {
    this.#tasks++
    return this
  }

  /** One task less. */
  leave(): void {
    if (--this.#tasks === 0) this.object.release()
  }
}
