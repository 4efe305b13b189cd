import { invalid } from '../errors/check.js'
import { HandleError } from '../errors/handle-error.js'
import { bind, type Lender } from '../kind/implement.js'
import { observer } from './observer.js'
import { BRAND, brandOf, foreign, isView, MAJOR } from './brand.js'
import { dispose } from './dispose.js'
import { dropHolder, dropReference, type OpenObject } from './open-object.js'
import type { Capability } from '../kind/capability.js'
import type { KnownKindName } from '../kind/known-kinds.js'
import type { BorrowedObject, KernelObject } from './kernel-object.js'

/** Whether two references, or borrows, are of one open object. */
export function sameObject(a: BorrowedObject, b: BorrowedObject): boolean {
  return openObjectOf(a) === openObjectOf(b)
}

/**
 * The open object behind a reference or a borrow, for a kind or a host that needs its state or counts. It
 * is lent: it lives as long as what it was taken from.
 *
 * @throws EBADF when the reference was released or the borrow has ended; EINVAL for what is neither
 */
export function openObjectOf(object: BorrowedObject): OpenObject {
  if (!isView(object)) throw foreign('object', 'a KernelObject', object, 'openObjectOf')
  return (object as unknown as View).open()
}

/**
 * One reference more to the object of a reference or a borrow, without any dup, as `get` gives one. The caller
 * releases it.
 *
 * @throws as {@link openObjectOf}
 */
export function referenceTo(object: BorrowedObject): KernelObject {
  const open = openObjectOf(object)
  open.count(0, 1)
  return new Reference(open, false)
}

/** What references and borrows share: the way to the open object, as long as there is one. */
abstract class View implements BorrowedObject, Lender {
  /** Of each capability that was asked for, its bound methods, or null. */
  private bound: Record<string, object | null> | null = null

  abstract open(): OpenObject

  get [BRAND](): number {
    return MAJOR
  }

  get kindName(): string {
    return this.open().kind.name
  }

  get id(): number {
    return this.open().id
  }

  as<M>(capability: Capability<M>): M {
    this.open()
    const bound = this.bound?.[(capability as Capability | undefined)?.name ?? '']
    return (bound === undefined ? this.bind(capability) : (bound ?? undefined)) as M
  }

  is<K extends KnownKindName>(kindName: K): this is KernelObject<K>
  is(kindName: string): boolean
  is(kindName: string): boolean {
    return this.open().kind.name === kindName
  }

  private bind(capability: Capability): object | undefined {
    const name = (capability as Capability | undefined)?.name
    if (typeof name !== 'string') throw invalid('capability', 'a token made by defineCapability', capability, 'as')
    const methods = this.open().kind.methods[name]
    const bound = methods === undefined ? null : bind(capability, methods as never, this)
    this.bound ??= Object.create(null) as Record<string, object | null>
    this.bound[capability.name] = bound
    return bound ?? undefined
  }
}

/** A reference that has an owner. Its fields are what two copies of core in one program share. */
export class Reference extends View implements KernelObject {
  /** The object, until the reference is released or taken over. */
  target: OpenObject | null
  /** Whether the reference is a holder's: giving it back is told to the kind. */
  holder: boolean

  constructor(target: OpenObject, holder: boolean) {
    super()
    this.target = target
    this.holder = holder
    if (observer !== undefined) observer.referenceMade(this, target)
  }

  get isLive(): boolean {
    return this.target !== null
  }

  open(): OpenObject {
    if (this.target === null) {
      throw new HandleError('EBADF', { text: 'bad file descriptor: this reference was released or handed over' })
    }
    return this.target
  }

  /** Gives the object to a new owner: this reference is over, and nothing is counted. */
  moveOut(): void {
    this.target = null
    if (observer !== undefined) observer.referenceEnded(this)
  }

  release(): void {
    const open = this.target
    if (open === null) return
    this.moveOut()
    if (this.holder) dropHolder(open)
    else dropReference(open)
  }

  [dispose](): void {
    this.release()
  }
}

/** Whether a value is a reference that was made by a core that this one can work with. */
export function isReference(value: unknown): value is Reference {
  return brandOf(value) === MAJOR && 'release' in (value as object)
}

/** What a borrow lends: one for each open object, usable while at least one borrow is under way. */
export class Lent extends View {
  readonly #open: OpenObject

  constructor(open: OpenObject) {
    super()
    this.#open = open
  }

  open(): OpenObject {
    if (!this.#open.isLent) {
      throw new HandleError('EBADF', { text: 'bad file descriptor: this object was lent, and the call has returned' })
    }
    return this.#open
  }
}

/** The first reference to a new open object: its first holder. */
export function firstReference(open: OpenObject): Reference {
  open.lent = new Lent(open)
  return new Reference(open, true)
}
