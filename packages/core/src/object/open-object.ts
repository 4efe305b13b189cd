import type { Kind } from '../kind/kind.js'
import type { Lent } from './kernel-object.js'

/** Bit 0 of an access mode: it can be read. */
export const READABLE = 1
/** Bit 1 of an access mode: it can be written. */
export const WRITABLE = 2

/** Status flag (open(2)): each write lands at the end. */
export const APPEND = 0o2000
/** Status flag: a call that would wait answers EAGAIN. */
export const NONBLOCK = 0o4000
/** Status flag: a write returns when the data is stored. */
export const SYNC = 0o4010000

/**
 * An open object (POSIX: open file description), as its kind's hooks and methods see it. Handles,
 * dups, forks and passed handles share it, and with it its state and its status flags.
 *
 * The two counts: **holders** are handles, results of `cloneForDup` and `remove` that nobody has
 * placed yet, and handles under way; **references** are the holders and what `get` gave out. The
 * fields are what two copies of core in one program share; a kind reads them, and writes `state`.
 */
export class OpenObject<S = unknown> {
  /** A number of its own, never given twice by this copy of core. */
  readonly id: number = ++lastId
  readonly kind: Kind<S>
  /** What the kind keeps for this open object. */
  state: S
  /** READABLE, WRITABLE or both: what it was opened for. Never changes. */
  readonly access: number
  /** APPEND, NONBLOCK and SYNC, or-ed. */
  status: number

  holders = 1
  references = 1
  /** References and borrows that have not ended: the object is released when there are none. */
  uses = 1
  /** Operations that wait: they hold the object as a handle would, without counting as one. */
  operations = 0
  /** Last holders that went while an operation waited; their hook runs when it ends. */
  owedDrops = 0
  /** Metadata inferred by the kind, packed; −1 until the first insert asks. */
  inferred = -1
  /** The one view that all borrows of this object share (`firstReference` gives it). */
  lent!: Lent
  /** True once the kind's release hook has been called: nothing may reach the object any more. */
  released = false

  constructor(kind: Kind<S>, state: S, access: number, status: number) {
    this.kind = kind
    this.state = state
    this.access = access
    this.status = status
  }
}

let lastId = 0

/**
 * One holder more, as dup makes one. The kind's hook runs first: when it throws, nothing has changed. The
 * object is held meanwhile, since a hook may close the very handle that is being duplicated.
 */
export function addHolder(open: OpenObject): void {
  open.uses++
  try {
    open.kind.cloneForDup?.(open)
  } catch (error) {
    ignoringErrors(endBorrow, open)
    throw error
  }
  open.holders++
  open.references++
}

/**
 * One holder less: the kind is told, and the reference that came with it is given back. While an operation
 * waits, the last holder's end is told when it has ended.
 *
 * @throws what the hooks throw, an AggregateError when both do, when all is done
 */
export function dropHolder(open: OpenObject): void {
  if (--open.holders === 0 && open.operations > 0) open.owedDrops++
  else if (open.kind.dropHolder !== undefined) {
    tellAndDrop(open)
    return
  }
  dropReference(open)
}

/** One reference less; after the last one, and the last borrow, the kind releases the object. */
export function dropReference(open: OpenObject): void {
  open.references--
  endBorrow(open)
}

/** Ends a borrow; releases the object if its last reference went meanwhile. */
export function endBorrow(open: OpenObject): void {
  if (--open.uses === 0) releaseUnused(open)
}

/**
 * Begins an operation that may wait. As on Linux, a read that waits keeps its end of the pipe open when the
 * last handle that names it is closed.
 */
export function beginOperation(open: OpenObject): void {
  open.references++
  open.uses++
  open.operations++
}

/**
 * Ends an operation. If the last holder went meanwhile, the kind is told now; errors of that are dropped, as
 * those of any closing that nobody waits for: what the operation came to is not lost by them.
 */
export function endOperation(open: OpenObject): void {
  open.operations--
  for (; open.operations === 0 && open.owedDrops > 0; open.owedDrops--) {
    ignoringErrors(tellOfDrop, open)
  }
  ignoringErrors(dropReference, open)
}

/** Does something with an object though a hook throws: for the errors that a rule says are dropped. */
export function ignoringErrors(action: (open: OpenObject) => void, open: OpenObject): void {
  try {
    action(open)
  } catch {
    // Dropped.
  }
}

function tellOfDrop(open: OpenObject): void {
  open.kind.dropHolder?.(open)
}

function tellAndDrop(open: OpenObject): void {
  try {
    tellOfDrop(open)
  } catch (error) {
    try {
      dropReference(open)
    } catch (second) {
      throw new AggregateError([error, second], 'two hooks threw while an object was closed', { cause: second })
    }
    throw error
  }
  dropReference(open)
}

/** Has the kind release an object that nothing uses any more, once. */
export function releaseUnused(open: OpenObject): void {
  if (open.released) return
  open.released = true
  open.kind.release?.(open)
}
