import type { Capability } from '../kind/capability.js'
import type { CapabilitiesOf, KnownKindName } from '../kind/known-kinds.js'
import type { Disposable } from './dispose.js'

/** An open object that is lent for the length of a call. Used later, it throws EBADF. */
export interface BorrowedObject<N extends string = string> {
  /** The name of its kind. */
  readonly kindName: N
  /** The number of the open object: two references to one object show one number. */
  readonly id: number
  /**
   * The object's methods for a capability, or undefined if it does not have the capability. The methods return a value
   * or a negative errno, without waiting. They throw EINVAL for a wrong argument, and EBADF once this reference was
   * released or this borrow has ended.
   */
  as<M extends CapabilitiesOf<N>>(capability: Capability<M>): M
  as<M>(capability: Capability<M>): M | undefined
  /** Whether the object is of a kind. Narrows the type, so that {@link as} is known to find the kind's capabilities. */
  is<K extends KnownKindName>(kindName: K): this is BorrowedObject<K>
  is(kindName: string): boolean
}

/**
 * A counted reference to an open object. Its holder owns it and ends it once: by `release()`, by
 * `using`, or by giving it to a table, which takes it over.
 */
export interface KernelObject<N extends string = string> extends BorrowedObject<N>, Disposable {
  is<K extends KnownKindName>(kindName: K): this is KernelObject<K>
  is(kindName: string): boolean
  /** Whether it can still be used: neither released nor taken over by a table. */
  readonly isLive: boolean
  /**
   * Ends the reference. A second call, or one after a table took it over, does nothing.
   *
   * @throws the errors of hooks, after the reference has ended
   */
  release(): void
}
