import { invalid } from '../../errors/check.js'
import { openObjectOf } from '../../object/reference.js'
import { openShared } from '../objects/open-shared.js'
import { detachPages, ownPages } from '../ring/ring-end.js'
import { allocate, free, own } from '../words/pages.js'
import { R_OWN } from '../words/layout.js'
import {
  beginCommons,
  bytesOfCommons,
  Commons,
  connectEnd,
  END_NUMBER,
  END_PAGES,
  ringsIn,
  type CommonsHooks,
} from './commons.js'
import type { Kind, OpenOptions } from '../../kind/kind.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { KindMemory } from './away.js'

/** How {@link openEnds} makes objects. */
export interface OpenEndsOptions {
  /** How each end is opened, by its number; as `openShared` does if omitted. */
  readonly ends?: readonly OpenOptions[]
  /** The call that errors name. Defaults to `openEnds`. */
  readonly syscall?: string
  /** Called before there is an end, to fill the kind's words and begin its rings (`SharedRing.begin`). What it throws undoes all. */
  begin?(commons: Commons): void
}

/**
 * Makes open objects in shared memory that have pages in common, until the last one is released: one for each end of the
 * kind's layout ({@link CommonsHooks}). The references that come back are their first holders.
 *
 * @throws EINVAL for a kind whose objects have nothing in common, or that this thread attached without; ENOMEM when the
 *   memory has no room; EAGAIN where this thread may not wait for the memory's lock; what `begin` throws. Then nothing
 *   has been made
 */
export function openEnds<S, N extends string>(
  memory: KindMemory,
  kind: Kind<S, N>,
  options: OpenEndsOptions = {},
): KernelObject<N>[] {
  const { ends: opened = [], syscall = 'openEnds', begin } = options
  memory.checkAttached(syscall)
  const layout = (kind.shared as Partial<CommonsHooks<S>> | undefined)?.commons
  if (layout === undefined) throw invalid('kind', 'a kind whose objects have pages in common', kind.name, syscall)
  const pages = allocate(memory, bytesOfCommons(layout), syscall)
  const ends: KernelObject<N>[] = []
  try {
    beginCommons(memory, pages, layout)
    begin?.(new Commons(memory, pages))
    for (let number = 0; number < layout.ends; number++) {
      ends.push(connect(memory, kind, pages, number, opened[number]))
    }
  } catch (error) {
    // The last one frees the pages.
    for (const end of ends) end.release()
    if (ends.length === 0) {
      const runs = ringsIn(pages, layout).map((ring) => detachPages(memory, ring))
      for (const run of [...runs, pages]) if (run !== 0) free(memory, run)
    }
    throw error
  }
  for (const ring of ringsIn(pages, layout)) ownPages(memory, ring)
  own(memory, pages)
  return ends
}

/** Makes one end. It has a part in the pages as soon as it counts as there. */
function connect<S, N extends string>(
  memory: KindMemory,
  kind: Kind<S, N>,
  pages: number,
  number: number,
  options: OpenOptions = {},
): KernelObject<N> {
  const { accessMode = 'ReadWrite', status = 0 } = options
  const own: number[] = []
  own[END_PAGES] = pages
  own[END_NUMBER] = number
  const end = openShared(memory, kind, { own, accessMode, status })
  const { record } = openObjectOf(end) as unknown as { readonly record: number }
  connectEnd(memory, record + R_OWN)
  return end
}
