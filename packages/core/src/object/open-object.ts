import type { Kind } from '../kind/kind.js'
import type { BorrowedObject } from './kernel-object.js'

/**
 * An open object (POSIX: open file description), as its kind's hooks and methods see it. Handles,
 * dups, forks and passed handles share it, and with it its state and its status flags.
 *
 * The two counts: **holders** are handles, results of `cloneForDup` and `remove` that nobody has
 * placed yet, and handles under way; **references** are the holders and what `get` gave out. A kind reads
 * them, and writes `state`. Where they are kept is each subclass's own business: in this thread's memory, or in
 * memory that threads share. What is here is what two copies of core in one program share.
 */
export abstract class OpenObject<S = unknown> {
  /** A number of its own. It gets another one when it is first placed in a table that threads share. */
  id: number
  readonly kind: Kind<S>
  /** What the kind keeps for this open object. */
  state: S
  /** READABLE, WRITABLE or both: what it was opened for. Never changes. */
  readonly access: number
  /** The one view that all borrows of this object share (`firstReference` gives it). */
  lent!: BorrowedObject

  /** Of {@link STATUS}, or-ed. */
  abstract status: number
  abstract readonly holders: number
  abstract readonly references: number
  /** Metadata inferred by the kind, packed; −1 until the first insert asks. */
  abstract inferred: number
  /** True once the kind's release hook has been called: nothing may reach the object any more. */
  abstract readonly released: boolean
  /** Borrows by tables of one thread, and 1. What the last of them leaves behind, `releaseUnused` sees to. */
  uses = 1

  constructor(id: number, kind: Kind<S>, state: S, access: number) {
    this.id = id
    this.kind = kind
    this.state = state
    this.access = access
  }

  /** Whether its methods are carried out in another thread, for which the caller waits. */
  get isAway(): boolean {
    return false
  }

  /**
   * Whether −EAGAIN may come of a thread that was busy, and not of the object: one that holds its lock, or is its home and has not
   * answered. Nothing tells when that ends.
   */
  get mayBeBusy(): boolean {
    return false
  }

  /** Adds to the holders and references, or takes from them; gives the holders. With the last reference it is released. */
  abstract count(holders: number, references: number): number
  /** Ends one borrow of this thread. */
  abstract endBorrow(): void
  /** Whether a borrow of this thread is under way. */
  abstract get isLent(): boolean
  /** What to do when no borrow and no reference is left. */
  abstract releaseUnused(): void
  /** One operation more that waits: it holds the object as a handle would, without counting as one. */
  abstract beginOperation(): void
  /** One operation less. */
  abstract endOperation(): void
  /** The kind has been told of a holder that was counted off alone, by `count(-1, 0)`. */
  abstract toldOfDrop(): void
  /** Whether the end of the last holder is told only when the operations that wait have ended. */
  abstract owesDrop(): boolean
}

/**
 * One holder more, as dup makes one. The kind's hook runs first: when it throws, nothing has changed. The
 * object is held meanwhile, since a hook may close the very handle that is being duplicated.
 */
export function addHolder(open: OpenObject): void {
  const { cloneForDup } = open.kind
  if (cloneForDup !== undefined) {
    // By a reference, since another thread may close it too: then nothing is left to hold, and no hook has run.
    open.count(0, 1)
    try {
      open.kind.cloneForDup?.(open)
      countTold(open)
    } catch (error) {
      ignoringErrors(dropReference, open)
      throw error
    }
    return
  }
  open.count(1, 1)
}

/** Counts a holder of which the kind has been told. @throws what counting throws, when the kind has been told of its end */
export function countTold(open: OpenObject): void {
  try {
    open.count(1, 0)
  } catch (error) {
    ignoringErrors(tellOfDrop, open)
    throw error
  }
}

/**
 * One holder less: the kind is told, and the reference that came with it is given back. While an operation
 * waits, the last holder's end is told when it has ended.
 *
 * @throws what the hooks throw, an AggregateError when both do, when all is done
 */
export function dropHolder(open: OpenObject): void {
  if (open.kind.dropHolder === undefined) {
    open.count(-1, -1)
    return
  }
  // Its thread has left the memory where it is, and all that it held was given back by that.
  if (open.released) return
  const last = open.count(-1, 0) === 0
  if (last && open.owesDrop()) open.count(0, -1)
  else tellAndDrop(open)
}

/** One reference less; after the last one, and the last borrow, the kind releases the object. */
export function dropReference(open: OpenObject): void {
  open.count(0, -1)
}

/** Ends a borrow; releases the object if its last reference went meanwhile. */
export function endBorrow(open: OpenObject): void {
  open.endBorrow()
}

/** Ends a use of this thread that is counted in `uses`. */
export function endUse(open: OpenObject): void {
  if (--open.uses === 0) open.releaseUnused()
}

/**
 * Begins an operation that may wait. As on Linux, a read that waits keeps its end of the pipe open when the
 * last handle that names it is closed.
 */
export function beginOperation(open: OpenObject): void {
  open.beginOperation()
}

/**
 * Ends an operation. If the last holder went meanwhile, the kind is told now; errors of that are dropped, as
 * those of any closing that nobody waits for: what the operation came to is not lost by them.
 */
export function endOperation(open: OpenObject): void {
  open.endOperation()
}

/** Does something with an object though a hook throws: for the errors that a rule says are dropped. */
export function ignoringErrors(action: (open: OpenObject) => void, open: OpenObject): void {
  try {
    action(open)
  } catch {
    // Dropped.
  }
}

/** Tells the kind of a holder that went. */
export function tellOfDrop(open: OpenObject): void {
  open.kind.dropHolder?.(open)
}

function tellAndDrop(open: OpenObject): void {
  try {
    tellOfDrop(open)
  } catch (error) {
    open.toldOfDrop()
    try {
      dropReference(open)
    } catch (second) {
      throw new AggregateError([error, second], 'two hooks threw while an object was closed', { cause: second })
    }
    throw error
  }
  open.toldOfDrop()
  dropReference(open)
}
