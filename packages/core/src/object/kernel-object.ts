import type { Capability } from '../kind/capability.js'
import type { CapabilitiesOf, KnownKindName } from '../kind/known-kinds.js'

/** An open object that is lent for the length of a call. Used later, it throws EBADF. */
export interface BorrowedObject<N extends string = string> {
  /** The name of its kind. */
  readonly kindName: N
  /** The number of the open object: two references to one object show one number. */
  readonly id: number
  /**
   * What the object can do under a capability, or undefined if it cannot. The methods answer a value
   * or a negative errno, at once. A wrong argument throws EINVAL, and once this reference was released
   * or this borrow has ended each throws EBADF.
   */
  as<M extends CapabilitiesOf<N>>(capability: Capability<M>): M
  as<M>(capability: Capability<M>): M | undefined
  /** Whether it is of a kind; narrows what {@link as} gives to what that kind is sure to have. */
  is<K extends KnownKindName>(kindName: K): this is BorrowedObject<K>
  is(kindName: string): boolean
}

/**
 * A counted reference to an open object. Its holder owns it and ends it once: by `release()`, by
 * `using`, or by giving it to a table, which takes it over.
 */
export interface KernelObject<N extends string = string> extends BorrowedObject<N> {
  is<K extends KnownKindName>(kindName: K): this is KernelObject<K>
  is(kindName: string): boolean
  /** Whether it can still be used: neither released nor taken over by a table. */
  readonly isLive: boolean
  /**
   * Gives the reference back. Giving one back twice, or after a table took it over, does nothing.
   *
   * @throws what the kind's hooks throw; the reference is gone then too
   */
  release(): void
  /** The same as {@link release}, for `using`. */
  [Symbol.dispose](): void
}
