import type { AccessMode } from '../object/access.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { OpenObject } from '../object/open-object.js'
import type { WaitQueue } from '../ready/wait-queue.js'
import type { MetadataInit } from '../table/metadata.js'
import type { Capability } from './capability.js'
import type { SharedHooks } from './shared-hooks.js'

/** What an object can tell about being ready. A kind without it is always ready to read and write. */
export interface ReadyHooks<S> {
  /** The readiness bits of this moment: `IN`, `OUT`, `HUP`, `ERR`, … */
  now(object: OpenObject<S>): number
  /** The queue that is woken at each change of them. It must be the same one for the object's life. */
  changes(object: OpenObject<S>): WaitQueue
}

/** What {@link defineKind} takes: the one thing that a plugin writes. Only the name is required. */
export interface KindDefinition<S, N extends string = string> {
  /** Names the kind in registries, `lsof` and types: the name of your package, or `package/thing`. */
  readonly name: N
  /** The package that defines it and its version, for messages when two kinds have one name. */
  readonly package?: string
  readonly version?: string
  /** The number that introspection reports, 0 to 1023. A third party's kind has 0, and its name. */
  readonly type?: number
  /** What its objects can do: `implement(StreamOps, { read(object, buffer) { … } })`. */
  readonly capabilities?: readonly Provision<S>[]
  /**
   * The metadata of a handle that is inserted without any. Asked once for each open object. What it
   * leaves out: role `Regular`, the object's own access mode, not close-on-exec.
   */
  inferMetadata?(object: OpenObject<S>): MetadataInit
  /** Called before each new holder (a dup, a fork's copy, a passed handle). Throwing refuses it. */
  cloneForDup?(object: OpenObject<S>): void
  /** Called after each holder that went. */
  dropHolder?(object: OpenObject<S>): void
  /** Called once, after the last reference and the last borrow. */
  release?(object: OpenObject<S>): void
  /** One line for `lsof`: `writer of pipe 7, 12 bytes waiting`. */
  describe?(object: OpenObject<S>): string
  readonly ready?: ReadyHooks<S>
  /** How its objects live in memory that threads share. Without it they stay in the thread that made them. */
  readonly shared?: SharedHooks<S>
}

/** The methods behind a token, as a kind writes them: the open object first. */
export type Implementation<M, S> = {
  [K in keyof M]: M[K] extends (...args: infer A) => infer R ? (object: OpenObject<S>, ...args: A) => R : never
}

/** A capability together with one kind's methods for it. Made by {@link implement}. */
export interface Provision<S> {
  readonly capability: Capability
  /** Never called: it ties a provision to the state of the kind that it was written for. */
  state?(object: OpenObject<S>): void
  readonly methods: object
}

/** How {@link Kind.open} makes an object. */
export interface OpenOptions {
  /** What it is opened for. Defaults to `ReadWrite`. */
  readonly accessMode?: AccessMode
  /** Of {@link STATUS}, or-ed: APPEND, NONBLOCK, SYNC, and what open(2) keeps besides. 0 by default. */
  readonly status?: number
}

/** A kind of objects: its name, what its objects can do, and its hooks. Made by {@link defineKind}. */
export interface Kind<S = unknown, N extends string = string> extends Readonly<KindDefinition<S, N>> {
  readonly type: number
  readonly package: string
  readonly version: string
  /** Of each capability that its objects have, by the token's name, the methods. */
  readonly methods: { readonly [capability: string]: object | undefined }
  /** Makes an open object with this state. The reference that comes back is its first holder. */
  open(state: S, options?: OpenOptions): KernelObject<N>
}

/** A kind's methods for a capability, or undefined: the short way of a system call to its object. */
export function methodsOf<M>(
  open: OpenObject,
  capability: Capability<M>,
): Implementation<M, unknown> | undefined {
  return open.kind.methods[capability.name] as never
}
