import { HandleError } from '../../errors/handle-error.js'
import { checkFunction, invalid } from '../../errors/check.js'
import { BRAND, brandOf } from '../../object/brand.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { Kind } from '../../kind/kind.js'

/** Something now, or in a promise. */
export type Awaitable<T> = T | Promise<T>

/** A new object for one rule. Its reference is the suite's, which releases it. */
export interface Opened {
  readonly object: KernelObject
  /** Called when the rule is done and the references are released, whether it held or not. */
  cleanup?(): Awaitable<void>
}

/** Two new objects for one rule: what is written to one can be read from the other; of sockets, in both directions. */
export interface OpenedPair {
  readonly reader: KernelObject
  readonly writer: KernelObject
  /** As {@link Opened.cleanup}. */
  cleanup?(): Awaitable<void>
}

/** What {@link testKind} is told of a kind whose objects are sockets: they have `SocketOps` and `StreamOps`. */
export interface SocketDescription {
  /** What they carry: bytes over a connection, or datagrams. The two sockets of a `pair` are of this type. */
  readonly type: 'stream' | 'datagram'
  /** Opens a socket that is new: without an address and without a peer. With `address`, rules for both run. */
  open?(): Awaitable<KernelObject>
  /** An address that a socket can be bound to: another one each time, or one that has the system choose. */
  address?(): string
  /**
   * True where what is done at one side is seen at the other some time later, as over a network. Then rules wait
   * longer, and those of what only a nearby socket can know do not run.
   */
  readonly remote?: boolean
}

/** What {@link testKind} is told of a kind. `open` or `pair` is needed; all else has a default. */
export interface KindDescription {
  readonly kind: Kind
  /**
   * Opens a new object, for reading and writing if the kind has both: of a file an empty one, of a directory
   * the root of an empty tree. All rules run on it.
   */
  open?(): Awaitable<KernelObject | Opened>
  /** Opens two objects that are connected. All rules run on each of them, and those for two besides. */
  pair?(): Awaitable<OpenedPair>
  /** Further ways to open an object, by name: `{ 'read-only': () => … }`. The rules for any object run on each. */
  readonly variants?: Readonly<Record<string, () => Awaitable<KernelObject | Opened>>>
  /** Whether what is written to an object of `open` can be read from that same object, as with an eventfd. */
  readonly echoes?: boolean
  /**
   * What is written, and must then be read: 1 to 4096 bytes that a new object takes in one write. Defaults
   * to 16 different bytes.
   */
  readonly payload?: Uint8Array
  /** `messages` if a read takes what one write gave as a whole. Then rules that split bytes do not run. */
  readonly unit?: 'bytes' | 'messages'
  /**
   * Whether objects of `open` have an offset. Unless told: when the kind has `FileOps`, no `DirectoryOps` and
   * is no pair. Kinds with `FileOps` and no offset must answer ESPIPE to what needs one.
   */
  readonly positions?: boolean
  /** What the rules for sockets need to know; without it, they do not run. */
  readonly sockets?: SocketDescription
  /** The kind of the files that a directory's `openAt` opens, if the rules for files are to run on these. */
  readonly fileKind?: Kind
  /** False for a kind whose `cloneForDup` hook refuses every dup. */
  readonly dup?: boolean
  /**
   * Counts what objects of this kind hold outside of core: descriptors, timers, entries of a list. A new
   * object may raise it, and its release must bring it back.
   */
  held?(): number
  /** How long something that must happen is waited for, in ms; a minute by default, since a busy machine may take long over it. */
  readonly patienceMs?: number
}

/** @throws EINVAL that names what is wrong with a description */
export function checkDescription(description: KindDescription): void {
  const wrong = (argument: string, wanted: string, got: unknown) => invalid(argument, wanted, got, 'testKind')
  if (typeof description !== 'object' || (description as unknown) === null) {
    throw wrong('description', 'an object', description)
  }
  const { kind, open, pair, payload, held, sockets } = description
  if (brandOf(kind) === undefined && typeof (kind as Kind | undefined)?.open !== 'function') {
    throw wrong('kind', `a kind (it has no ${String(BRAND)})`, kind)
  }
  for (const [name, f] of Object.entries({ open, pair, held, ...description.variants })) {
    if (f !== undefined) checkFunction(f, name, 'testKind')
  }
  if (open === undefined && pair === undefined) {
    throw new HandleError('EINVAL', { text: 'open or pair must be given', syscall: 'testKind' })
  }
  if (description.echoes === true && open === undefined) {
    throw new HandleError('EINVAL', { text: 'echoes is said of open, which is not given', syscall: 'testKind' })
  }
  if (sockets !== undefined) {
    if (typeof sockets !== 'object' || (sockets as unknown) === null) throw wrong('sockets', 'an object', sockets)
    const { type } = sockets
    if (!['stream', 'datagram'].includes(type)) throw wrong('sockets.type', 'stream or datagram', type)
    if ((sockets.open === undefined) !== (sockets.address === undefined)) {
      throw new HandleError('EINVAL', { text: 'sockets.open and sockets.address belong together', syscall: 'testKind' })
    }
    for (const name of ['open', 'address'] as const) {
      if (sockets[name] !== undefined) checkFunction(sockets[name], `sockets.${name}`, 'testKind')
    }
  }
  if (payload !== undefined && !(payload.length >= 1 && payload.length <= 4096)) {
    throw wrong('payload', '1 to 4096 bytes', payload)
  }
}
