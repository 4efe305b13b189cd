import type { AccessMode } from '../object/access.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { OpenObject } from '../object/open-object.js'
import type { WaitQueue } from '../ready/wait-queue.js'
import type { MetadataInit } from '../table/metadata.js'
import type { Capability } from './capability.js'
import type { SharedHooks } from './shared-hooks.js'

/** How a kind reports readiness. Objects of a kind without it are always ready to read and write. */
export interface ReadyHooks<S> {
  /** The readiness bits now: `IN`, `OUT`, `HUP`, `ERR`, … */
  now(object: OpenObject<S>): number
  /** The queue that is woken at each change. It stays the same for the object's life. */
  changes(object: OpenObject<S>): WaitQueue
}

/** The definition of a kind, the one thing that a plugin writes. Only the name is required. */
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
   * The metadata of a handle that is inserted without any. Called once for each open object. Defaults to the role
   * `Regular`, the object's own access mode, and no close-on-exec.
   */
  inferMetadata?(object: OpenObject<S>): MetadataInit
  /** Called before each new holder (a dup, a fork's copy, a passed handle). An error refuses the holder. */
  cloneForDup?(object: OpenObject<S>): void
  /** Called after each holder has gone. */
  dropHolder?(object: OpenObject<S>): void
  /** Called once, after the last reference and the last borrow. */
  release?(object: OpenObject<S>): void
  /** One line for `lsof`: `writer of pipe 7, 12 bytes waiting`. */
  describe?(object: OpenObject<S>): string
  readonly ready?: ReadyHooks<S>
  /** How its objects live in shared memory. If omitted, they stay in the thread that made them. */
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

/** Options of {@link Kind.open}. */
export interface OpenOptions {
  /** The access mode. Defaults to `ReadWrite`. */
  readonly accessMode?: AccessMode
  /** Status flags, or-ed: APPEND, NONBLOCK, SYNC and the others of {@link STATUS}. Defaults to 0. */
  readonly status?: number
}

/** A kind of objects: its name, what its objects can do, and its hooks. Made by {@link defineKind}. */
export interface Kind<S = unknown, N extends string = string> extends Readonly<KindDefinition<S, N>> {
  readonly type: number
  readonly package: string
  readonly version: string
  /** The methods of its objects, by the name of the capability. */
  readonly methods: { readonly [capability: string]: object | undefined }
  /** Makes an open object with this state. The reference that comes back is its first holder. */
  open(state: S, options?: OpenOptions): KernelObject<N>
}

/** A kind's methods for a capability, or undefined: the short way of a system call to its object. */
export function methodsOf<M>(open: OpenObject, capability: Capability<M>): Implementation<M, unknown> | undefined {
  return open.kind.methods[capability.name] as never
}
