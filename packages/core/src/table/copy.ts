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
  const asked: OpenObject[] = []
  for (const open of copy.objects) {
    if (open === undefined) continue
    if (open.kind.cloneForDup === undefined) open.count(1, 1)
    else {
      open.uses++
      asked.push(open)
    }
  }
  locked.unlock()
  if (asked.length > 0) askKinds(copy, asked)
  if (observer !== undefined)
    for (const handle of copy.openHandles()) observer.handlePlaced(copy, handle, copy.objects[handle] as OpenObject)
  return copy
}

/** Has the kinds that want to be told count the copy's holders of their objects, which are borrowed. */
function askKinds(copy: Slots, asked: readonly OpenObject[]): void {
  let told = 0
  try {
    for (const open of asked) {
      addHolder(open)
      told++
    }
  } catch (error) {
    const borrowed = new Set(asked)
    const counted = copy.objects.filter((open): open is OpenObject => open !== undefined && !borrowed.has(open))
    releaseQuietly([...counted, ...asked.slice(0, told)])
    throw error
  } finally {
    releaseQuietly(asked, endUse)
  }
}
