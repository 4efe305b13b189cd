import { HandleError } from '../errors/handle-error.js'
import { foreign, isReference } from '../object/brand.js'
import { encodeMetadata, plainMetadata, type MetadataInit } from './metadata.js'
import type { OpenObject } from '../object/open-object.js'
import type { KernelObject, Reference } from '../object/kernel-object.js'
import type { Slots } from './slots.js'

/** An object on its way into a table: checked, and a holder. It ends by {@link arrived} or {@link turnedBack}. */
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
 * @throws EINVAL for what is no object, a kind that the table does not take, or wrong metadata; EBADF
 *   for a reference that was released or handed over; what the kind's hooks throw. Nothing has changed
 */
export function prepare(
  slots: Slots,
  object: KernelObject,
  metadata: MetadataInit | undefined,
  syscall: string,
): Incoming {
  if (!isReference(object)) throw foreign('object', 'a KernelObject', object, syscall)
  const reference: Reference = object
  const open = reference.open()
  if (slots.kinds !== undefined) checkKind(slots, open, syscall)
  let packed = open.inferred < 0 ? infer(open) : open.inferred
  let status = 0
  if (metadata !== undefined) {
    const encoded = encodeMetadata(metadata, packed, open.access, syscall)
    packed = encoded.packed
    status = encoded.status ?? 0
  }
  const newHolder = !reference.holder
  if (newHolder) {
    open.kind.cloneForDup?.(open)
    open.holders++
    reference.holder = true
  }
  return { reference, open, packed, status, newHolder }
}

/** The object is in its slot: the table owns what the reference owned. */
export function arrived({ reference, open, status }: Incoming): void {
  if (status !== 0) open.status |= status
  reference.moveOut()
}

/** The object found no slot: the reference is the caller's again, and what it was before. */
export function turnedBack({ reference, open, newHolder }: Incoming): void {
  if (!newHolder) return
  reference.holder = false
  open.holders--
  open.kind.dropHolder?.(open)
}

function checkKind(slots: Slots, open: OpenObject, syscall: string): void {
  if (slots.kinds?.accepts(open.kind) !== false) return
  const known = slots.kinds.kinds().map((kind) => kind.name)
  const text = `kind ${open.kind.name} is not registered with this table (it takes ${known.join(', ') || 'none'})`
  throw new HandleError('EINVAL', { text, syscall })
}

/** Asks the kind, once for each open object. Status flags are the object's own and are not inferred. */
function infer(open: OpenObject): number {
  const plain = plainMetadata(open.access)
  const init = open.kind.inferMetadata?.(open)
  open.inferred = init === undefined ? plain : encodeMetadata(init, plain, open.access, 'inferMetadata').packed
  return open.inferred
}
