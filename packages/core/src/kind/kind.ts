import { invalid, checkInteger, checkFunction } from '../errors/check.js'
import { BRAND, MAJOR } from '../object/brand.js'
import { STATUS, type OpenObject } from '../object/open-object.js'
import { PrivateObject } from '../object/private-object.js'
import { firstReference } from '../object/kernel-object.js'
import { accessBits, type AccessMode, type MetadataInit } from '../table/metadata.js'
import type { Capability, Implementation, Provision } from './capability.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { WaitQueue } from '../ready/wait-queue.js'
import type { SharedMemory } from '../shared/thread/memory.js'

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

/**
 * How a kind's objects live in shared memory: all that they are stands in there, and each thread that meets one
 * makes its own view of it. `@ht/core/shared` makes such objects. Their hooks run in whichever thread comes to it;
 * a `release` that was cut by the death of its thread is run once more in another, and `dropHolder`, which has
 * nothing to count here, may be called once more than holders went.
 */
export interface SharedHooks<S> {
  /**
   * Makes a view and does nothing else, since it may be called under a table's lock: this thread's state for an
   * object, whose twelve words of its own begin at an address of the memory's words.
   */
  attach(memory: SharedMemory, at: number): S
  /**
   * The addresses of the locks (`acquire`) that are in an object's own words, or in pages that it has, so that they
   * are opened when their holder has died. It looks at words, and does nothing else.
   */
  locks?(memory: SharedMemory, at: number): readonly number[]
  /** Whether `release` runs only in the thread that serves, whichever dropped the last reference; else in that one. */
  readonly releasedByServer?: boolean
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

const TEXTS = ['package', 'version'] as const
const HOOKS = ['inferMetadata', 'cloneForDup', 'dropHolder', 'release', 'describe'] as const

/**
 * Makes a kind. `S` is the state that it keeps for each open object, and `N` its name, by which the types know what its
 * objects can do (`KnownKinds`): where `S` is written out, so has `N` to be.
 *
 * No hook is ever called while a table is locked, so a hook may use any table. One that throws undoes
 * the operation that called it; one that throws while something is closed is reported by that call,
 * when everything has been closed.
 *
 * @example
 * const queueKind = defineKind<{ messages: Uint8Array[] }, 'acme-queue'>({
 *   name: 'acme-queue',
 *   capabilities: [implement(StreamOps, {
 *     write: (queue, bytes) => queue.state.messages.push(new Uint8Array(bytes)) && bytes.length,
 *   })],
 * })
 * export const createQueue = () => queueKind.open({ messages: [] })
 * @throws EINVAL that names what is wrong with the definition
 */
export function defineKind<S, const N extends string = string>(definition: KindDefinition<S, N>): Kind<S, N> {
  const wrong = (field: string, wanted: string, got: unknown) => invalid(field, wanted, got, 'defineKind')
  if (typeof definition !== 'object' || (definition as unknown) === null) throw wrong('definition', 'an object', definition)
  const { name, type = 0, capabilities = [], ready, shared, inferMetadata, cloneForDup, dropHolder, release, describe } = definition
  if (typeof name !== 'string' || name === '') throw wrong('name', 'a text', name)
  checkInteger(type, 'type', 0, 1023, 'defineKind')
  for (const field of TEXTS) {
    if (!['string', 'undefined'].includes(typeof definition[field])) throw wrong(field, 'a text', definition[field])
  }
  for (const hook of HOOKS) {
    if (definition[hook] !== undefined) checkFunction(definition[hook], hook, 'defineKind')
  }
  const { now, changes } = (ready as ReadyHooks<S> | null | undefined) ?? {}
  if (ready !== undefined && !(typeof now === 'function' && typeof changes === 'function')) {
    throw wrong('ready', 'an object with now and changes', ready)
  }
  if (!Array.isArray(capabilities)) throw wrong('capabilities', 'a list of what implement() returns', capabilities)
  const methods = Object.create(null) as Record<string, object>
  for (const provision of capabilities as readonly Provision<S>[]) {
    const capability = (provision as Partial<Provision<S>> | null | undefined)?.capability?.name
    if (capability === undefined) throw wrong('capabilities', 'a list of what implement() returns', capabilities)
    if (methods[capability] !== undefined) throw wrong('capabilities', `free of a second ${capability}`, capabilities)
    methods[capability] = (provision).methods
  }
  const kind: Kind<S, N> = {
    // Each hook by its name, undefined or not: all kinds have one shape, so that calls stay fast, and what a
    // definition inherits counts too.
    ...({ name, inferMetadata, cloneForDup, dropHolder, release, describe, ready, shared } as KindDefinition<S, N>),
    package: definition.package ?? name,
    version: definition.version ?? 'of unknown version',
    type,
    capabilities,
    methods: Object.freeze(methods),
    open(state, options = {}) {
      if ((options as unknown) === null) throw invalid('options', 'an object', options, 'open')
      const { accessMode = 'ReadWrite', status = 0 } = options
      const access = accessBits(accessMode)
      if (access === 0) throw invalid('accessMode', 'ReadOnly, WriteOnly or ReadWrite', accessMode, 'open')
      if ((status & ~STATUS) !== 0 || !Number.isInteger(status)) {
        throw invalid('status', 'flags that F_GETFL shows, or-ed', status, 'open')
      }
      return firstReference(new PrivateObject(kind, state, access, status)) as KernelObject as KernelObject<N>
    },
  }
  Object.defineProperty(kind, BRAND, { value: MAJOR })
  return Object.freeze(kind)
}

/** A kind's methods for a capability, or undefined: the short way of a system call to its object. */
export function methodsOf<M>(
  open: OpenObject,
  capability: Capability<M>,
): Implementation<M, unknown> | undefined {
  return open.kind.methods[capability.name] as never
}
