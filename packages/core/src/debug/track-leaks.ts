import { checkFunction, invalid } from '../errors/check.js'
import { HandleError } from '../errors/handle-error.js'
import { observe, observer, type Observer } from '../object/observer.js'
import { stackHere } from './stack.js'
import type { OpenObject } from '../object/open-object.js'

/** A handle, reference or owner that was made and not ended. */
export interface Leak {
  /**
   * `handle`: an open handle. `reference`: a `KernelObject` that was neither released nor taken over.
   * `owner`: a `HandleTable` that was collected as garbage without being disposed of; what its table
   * holds is never closed then.
   */
  readonly what: 'handle' | 'reference' | 'owner'
  /** The number of the handle. */
  readonly handle: number | undefined
  /** Which table it is in: 1 for the first that the tracker saw, and so on. */
  readonly table: number | undefined
  /** The kind of the object. */
  readonly kindName: string | undefined
  /** The number of the open object, as its `id` and `getObjectInfo` give it. */
  readonly objectId: number | undefined
  /** One line that says all this. */
  readonly text: string
  /** Where it was made: the lines of the engine's stack trace. */
  readonly stack: string
}

/** Options of {@link trackLeaks}. */
export interface TrackOptions {
  /**
   * Called with each owner that was collected without being disposed of, when the engine collects it.
   * Defaults to `console.warn`.
   */
  readonly report?: (leak: Leak) => void
  /** Tells what was collected. Defaults to the engine's own. */
  readonly FinalizationRegistry?: new (
    collected: (held: Leak) => void,
  ) => Pick<FinalizationRegistry<Leak>, 'register' | 'unregister'>
}

/** A running leak tracker. */
export interface LeakTracker {
  /** All leaks since the tracker began, the oldest first. */
  leaks(): Leak[]
  /** Ends the tracking. {@link leaks} then keeps the leaks of this moment. */
  stop(): void
}

/**
 * Begins to record where this copy of core makes each handle and each reference. That makes calls much slower: use it
 * in tests and to find a leak.
 *
 * @throws EBUSY while another tracker has not been stopped; EINVAL for options of the wrong shape
 */
export function trackLeaks(options: TrackOptions = {}): LeakTracker {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalid('options', 'an object', options, 'trackLeaks')
  }
  const { report = warn, FinalizationRegistry: Registry = FinalizationRegistry<Leak> } = options
  checkFunction(report, 'options.report', 'trackLeaks')
  checkFunction(Registry, 'options.FinalizationRegistry', 'trackLeaks')
  if (observer !== undefined) {
    throw new HandleError('EBUSY', { text: 'leaks are being tracked already', syscall: 'trackLeaks' })
  }

  /** What there is to report, in the order in which it was made. */
  const leaks = new Set<Leak>()
  // Nothing here keeps alive what is tracked: a reference that was collected is still reported.
  const references = new WeakMap<object, Leak>()
  const tables = new WeakMap<object, { number: number; handles: Map<number, Leak> }>()
  let tablesSeen = 0

  const tableOf = (slots: object) => {
    const known = tables.get(slots)
    if (known !== undefined) return known
    const table = { number: ++tablesSeen, handles: new Map<number, Leak>() }
    tables.set(slots, table)
    return table
  }

  const collected = new Registry((leak) => {
    if (observer !== tracking) return
    leaks.add(leak)
    report(leak)
  })

  const tracking: Observer = {
    referenceMade(reference, open) {
      const leak = leakOf('reference', open)
      references.set(reference, leak)
      leaks.add(leak)
    },
    referenceEnded(reference) {
      const leak = references.get(reference)
      if (leak !== undefined) leaks.delete(leak)
    },
    handlePlaced(slots, handle, open) {
      const table = tableOf(slots)
      const leak = leakOf('handle', open, handle, table.number)
      table.handles.set(handle, leak)
      leaks.add(leak)
    },
    handleEnded(slots, handle) {
      const { handles } = tableOf(slots)
      const leak = handles.get(handle)
      handles.delete(handle)
      if (leak !== undefined) leaks.delete(leak)
    },
    ownerMade(owner) {
      collected.register(owner, leakOf('owner'), owner)
    },
    ownerEnded(owner) {
      collected.unregister(owner)
    },
  }
  observe(tracking)

  return {
    leaks: () => [...leaks],
    stop() {
      if (observer === tracking) observe(undefined)
    },
  }
}

function leakOf(what: Leak['what'], open?: OpenObject, handle?: number, table?: number): Leak {
  const place = handle === undefined ? what : `handle ${String(handle)} of table ${String(table)}`
  const text =
    open === undefined
      ? 'a HandleTable was collected without being disposed of'
      : `${place} to ${open.kind.name} ${String(open.id)} was never ${handle === undefined ? 'released' : 'closed'}`
  return { what, handle, table, kindName: open?.kind.name, objectId: open?.id, text, stack: stackHere() }
}

function warn({ text, stack }: Leak): void {
  console.warn(`${text}; it was made\n${stack}`)
}
