import { HandleError } from '../errors/handle-error.js'
import { checkAccess, encodeMetadata, packedAccess, replaceStatus, withEncoded, type MetadataInit } from './metadata.js'
import type { OpenObject } from '../object/open-object.js'
import type { Handle, Slots } from './slots.js'

/**
 * Replaces what metadata speaks of in a handle and its object; `narrows` for a caller that may lose rights and never gain
 * them. What is decided by the object and the handle's metadata is decided under the lock, where both stay as they are.
 *
 * @throws EBADF when the handle is not open, or was closed or replaced before it could be changed; EINVAL for metadata of
 *   the wrong shape, or a mode that the object does not have; EPERM for a mode that a narrowed handle does not have
 */
export function changeMetadata(slots: Slots, handle: Handle, metadata: MetadataInit, syscall: string, narrows: boolean): void {
  if (!slots.isOpen(handle)) {
    const inside = Number.isInteger(handle) && handle >= 0 && handle < slots.capacity
    const text = inside ? 'Handle does not exist' : 'Invalid handle'
    throw new HandleError('EBADF', { text, syscall, handle })
  }
  const generation = slots.generationAt(handle)
  const encoded = encodeMetadata(metadata, syscall)
  slots.admitRole?.(encoded.packed, true)
  const locked = slots.lock()
  let open: OpenObject | undefined
  let available: number
  let isAllowed: boolean
  try {
    // The metadata's own code, or another thread, may have made the number another handle's.
    open = slots.generationAt(handle) === generation ? locked.objectAt(handle) : undefined
    const before = open === undefined ? 0 : locked.metadataAt(handle)
    available = open === undefined ? 0 : open.access
    const asked = packedAccess(encoded.packed)
    isAllowed = (asked & ~available) === 0 && (!narrows || (asked & ~before) === 0)
    if (open !== undefined && isAllowed) {
      locked.setMetadata(handle, withEncoded(before, encoded))
      if (encoded.status !== undefined) open.status = replaceStatus(open.status, encoded.status)
    }
  } finally {
    locked.unlock()
  }
  if (open === undefined) throw new HandleError('EBADF', { text: 'Handle does not exist', syscall, handle })
  if (narrows && !isAllowed) throw new HandleError('EPERM', { text: 'the handle does not have this mode', syscall, handle })
  checkAccess(encoded, available, syscall)
}
