import { observer } from '../object/observer.js'
import { addHolder, endUse, type OpenObject } from '../object/open-object.js'
import { releaseQuietly } from './release.js'
import type { Slots } from './slots.js'

/** Slots that can be copied: under their lock, and before the copy holds anything. */
export interface CopiedSlots<T extends Slots> {
  lock(): { copyHeld(): T; unlock(): void }
}

/**
 * A copy of a table, as fork makes one: each object has one holder more. Hooks run unlocked, and may
 * close what is being copied; so those that have a hook are borrowed, and the others counted, before the first one runs.
 *
 * @throws what a hook throws, when the holders that were counted are given back
 */
export function copySlots<T extends Slots>(source: CopiedSlots<T>): T {
  const locked = source.lock()
  const copy = locked.copyHeld()
  const counted: OpenObject[] = []
  const asked: OpenObject[] = []
  for (const open of copy.objects) {
    if (open === undefined) continue
    if (open.kind.cloneForDup !== undefined) {
      open.uses++
      asked.push(open)
      continue
    }
    open.count(1, 1)
    counted.push(open)
  }
  locked.unlock()
  try {
    for (const open of asked) {
      addHolder(open)
      counted.push(open)
    }
  } catch (error) {
    releaseQuietly(counted)
    throw error
  } finally {
    releaseQuietly(asked, endUse)
  }
  if (observer !== undefined) for (const handle of copy.openHandles()) observer.handlePlaced(copy, handle, copy.objects[handle] as OpenObject)
  return copy
}
