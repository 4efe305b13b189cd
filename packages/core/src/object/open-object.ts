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
  /** Holders that went while an operation waited; their hook runs when it ends. */
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
 * One holder more, as dup makes one. The kind's hook runs first: when it throws, nothing has changed.
 */
export function addHolder(open: OpenObject): void {
  open.kind.cloneForDup?.(open)
  open.holders++
  open.references++
  open.uses++
}

/** One holder less: the kind is told, and the reference that came with it is given back. */
export function dropHolder(open: OpenObject): void {
  open.holders--
  if (open.operations > 0) {
    open.owedDrops++
    dropReference(open)
    return
  }
  if (open.kind.dropHolder === undefined) {
    dropReference(open)
    return
  }
  try {
    open.kind.dropHolder(open)
  } finally {
    dropReference(open)
  }
}

/** One reference less; after the last one, and the last borrow, the kind releases the object. */
export function dropReference(open: OpenObject): void {
  open.references--
  endBorrow(open)
}

/** Ends a borrow; releases the object if its last reference went meanwhile. */
export function endBorrow(open: OpenObject): void {
  if (--open.uses === 0) retire(open)
}

/**
 * Begins an operation that may wait. As on Linux, a read that waits keeps its end of the pipe open
 * when the handle that it came through is closed: holders that go meanwhile are told to the kind
 * when the operation ends.
 */
export function beginOperation(open: OpenObject): void {
  open.references++
  open.uses++
  open.operations++
}

/** Ends an operation: tells the kind of the holders that went meanwhile. */
export function endOperation(open: OpenObject): void {
  open.operations--
  try {
    while (open.operations === 0 && open.owedDrops > 0) {
      open.owedDrops--
      open.kind.dropHolder?.(open)
    }
  } finally {
    dropReference(open)
  }
}

function retire(open: OpenObject): void {
  if (open.released) return
  open.released = true
  open.kind.release?.(open)
}
