import { checkSignal, invalid } from '../errors/check.js'
import { errnoOf } from '../errors/errno.js'
import { HandleError } from '../errors/handle-error.js'
import { methodsOf } from '../kind/kind.js'
import { foreign } from '../object/brand.js'
import { isReference, Reference } from '../object/reference.js'
import { StreamOps, type StreamMethods } from '../ops/stream.js'
import { onAbort } from '../ready/abort.js'
import { untilAnswered } from '../ready/promises.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { Implementation } from '../kind/kind.js'

const EAGAIN = errnoOf('EAGAIN')

/**
 * A reference that was taken over for a stream, and is given back exactly once: when its user ends it,
 * or its signal aborts. Calls that wait are cut short then.
 */
export class Taken {
  readonly #reference: Reference
  readonly #methods: Implementation<StreamMethods, unknown>
  readonly #cut = new AbortController()
  readonly #signal: AbortSignal | undefined
  /** The call under way, which holds the object until it ends. */
  #pending: Promise<unknown> = Promise.resolve()
  #whenCut: ((reason: unknown) => void) | undefined
  /** Hears of the signal no more. */
  #forget: (() => void) | undefined

  /** @throws EINVAL for an object without a stream, or wrong options; EBADF for a reference that is over. Then it is the caller's */
  constructor(object: KernelObject, options: { readonly signal?: AbortSignal | undefined }, syscall: string) {
    if (!isReference(object)) throw foreign('object', 'a KernelObject', object, syscall)
    if (typeof options !== 'object' || (options as unknown) === null) throw invalid('options', 'an object', options, syscall)
    const { signal } = options
    if (signal !== undefined) checkSignal(signal, 'options.signal', syscall)
    const given: Reference = object
    const open = given.open()
    const methods = methodsOf(open, StreamOps)
    if (methods === undefined) throw new HandleError('EINVAL', { text: `a ${open.kind.name} has no stream`, syscall })
    this.#methods = methods
    this.#signal = signal
    this.#reference = new Reference(open, given.holder)
    given.moveOut()
  }

  /** Has `f` called when the signal aborts, after the reference was given back; at once if it has aborted. */
  onAbort(f: (reason: unknown) => void): void {
    this.#whenCut = f
    if (this.#signal?.aborted === true) this.#aborted()
    else this.#forget = this.#signal && onAbort(this.#signal, this.#aborted)
  }

  /** Reads at least a byte into `buffer`, waiting for it: the count, 0 at the end of file, or −errno. */
  read(buffer: Uint8Array): Promise<number> {
    return this.#call('read', () => this.#methods.read(this.#reference.open(), buffer))
  }

  /** Writes some of `bytes`, of which there are some, waiting for room: the count, or −errno. */
  write(bytes: Uint8Array): Promise<number> {
    // To take none of some bytes is to have no room.
    return this.#call('write', () => this.#methods.write(this.#reference.open(), bytes) || -EAGAIN)
  }

  /**
   * Gives the reference back, unless that was done, and cuts short what waits. Settles when nothing of
   * this stream holds the object.
   *
   * @throws what the kind's hooks throw
   */
  async end(reason?: unknown): Promise<void> {
    this.#forget?.()
    this.#cut.abort(reason)
    await this.#pending
    this.#reference.release()
  }

  readonly #aborted = () => {
    const reason: unknown = this.#signal?.reason
    // An error of a hook has nobody to go to here: the abort is what is reported.
    this.end(reason).catch(() => undefined)
    this.#whenCut?.(reason)
  }

  /** A stream knows no would-block: it waits, also on an object that is non-blocking. */
  async #call(syscall: string, attempt: () => number): Promise<number> {
    const call = untilAnswered(this.#reference.open(), attempt, { signal: this.#cut.signal }, syscall, true)
    this.#pending = call.catch(() => undefined)
    return call
  }
}
