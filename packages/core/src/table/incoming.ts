import { HandleError } from '../errors/handle-error.js'
import { foreign } from '../object/brand.js'
import { isReference } from '../object/reference.js'
import { checkAccess, encodeMetadata, plainMetadata, withEncoded, type MetadataInit } from './metadata.js'
import { countTold, endUse, ignoringErrors, type OpenObject } from '../object/open-object.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { Reference } from '../object/reference.js'
import type { Slots } from './slots.js'

/**
 * An object on its way into a table: checked, a holder, and held, since somebody else's code runs before it
 * is placed. It ends by {@link arrived} or {@link turnedBack}.
 */
export interface Incoming {
  readonly reference: Reference
  readonly open: OpenObject
  /** The metadata of the handle to be. */
  readonly packed: number
  /** Status flags to switch on when it has arrived. */
  readonly status: number
  /** It was a plain reference: the holder was counted for this placement alone. */
  readonly newHolder: boolean
}

/**
 * Checks an object and its metadata, and makes it a holder. No lock may be held: hooks run here.
 *
 * @throws EINVAL for what is not an object, a kind that the table does not take, or wrong metadata; EBADF
 *   for a reference that was released or handed over; what the kind's hooks throw. Nothing has changed
 */
export function prepare(slots: Slots, object: KernelObject, metadata: MetadataInit | undefined, syscall: string): Incoming {
  if (!isReference(object)) throw foreign('object', 'a KernelObject', object, syscall)
  const reference: Reference = object
  const given = reference.open()
  if (!isAccepted(slots, given)) throw refusedKind(slots, given, syscall)
  const open = slots.admit(given, reference.holder)
  reference.target = open
  open.uses++
  try {
    let packed = open.inferred < 0 ? infer(open) : open.inferred
    let status = 0
    if (metadata !== undefined) {
      const encoded = encodeMetadata(metadata, syscall)
      checkAccess(encoded, open.access, syscall)
      packed = withEncoded(packed, encoded)
      status = encoded.status ?? 0
    }
    slots.admitRole?.(packed, metadata !== undefined)
    const newHolder = !reference.holder
    if (newHolder) becomeHolder(reference, open)
    // Hooks and the metadata's own code may have released the reference, or given it to another table.
    if (reference.target !== open) throw new HandleError('EBADF', { syscall })
    return { reference, open, packed, status, newHolder }
  } catch (error) {
    ignoringErrors(endUse, open)
    throw error
  }
}

/** Whether the reference still is what was prepared. To be asked under the lock. */
export function isStillThere({ reference, open }: Incoming): boolean {
  return reference.target === open
}

/** The object is in its slot: the table owns what the reference owned. */
export function arrived({ reference, open, status }: Incoming): void {
  if (status !== 0) open.status |= status
  reference.moveOut()
  endUse(open)
}

/**
 * The object found no slot: the reference is the caller's again, and what it was before. Errors of hooks are
 * dropped: why there was no slot is the error to report.
 */
export function turnedBack({ reference, open, newHolder }: Incoming): void {
  if (newHolder && reference.target === open) {
    reference.holder = false
    open.count(-1, 0)
    ignoringErrors((it) => it.kind.dropHolder?.(it), open)
    open.toldOfDrop()
  }
  ignoringErrors(endUse, open)
}

/** Whether a table takes objects of this kind. The usual answer is that it took the last one of it. */
export function isAccepted(slots: Slots, { kind }: OpenObject): boolean {
  if (slots.kinds === undefined || slots.lastAccepted === kind) return true
  if (!slots.kinds.accepts(kind)) return false
  slots.lastAccepted = kind
  return true
}

/** Makes a plain reference a holder's, unless the hook released it. */
function becomeHolder(reference: Reference, open: OpenObject): void {
  open.kind.cloneForDup?.(open)
  if (reference.target === open) {
    countTold(open)
    reference.holder = true
  } else {
    ignoringErrors((it) => it.kind.dropHolder?.(it), open)
  }
}

function refusedKind(slots: Slots, open: OpenObject, syscall: string): HandleError {
  const known = slots.kinds?.kinds().map((kind) => kind.name) ?? []
  const text = `kind ${open.kind.name} is not registered with this table (it takes ${known.join(', ') || 'none'})`
  return new HandleError('EINVAL', { text, syscall })
}

/** Asks the kind, once for each open object. Status flags are the object's own and are not inferred. */
function infer(open: OpenObject): number {
  const plain = plainMetadata(open.access)
  const init = open.kind.inferMetadata?.(open)
  if (init === undefined) return (open.inferred = plain)
  const encoded = encodeMetadata(init, 'inferMetadata')
  checkAccess(encoded, open.access, 'inferMetadata')
  return (open.inferred = withEncoded(plain, encoded))
}
