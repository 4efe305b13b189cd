import { HandleError } from '../../errors/handle-error.js'
import { HOME_ENDED, kindFrom, type KindDescription } from './kind-description.js'
import { SharedWaitQueue } from '../waits/shared-wait-queue.js'
import { SharedObject, type ObjectMemory } from '../objects/shared-object.js'
import { HOME_GONE, R_HOME, R_QUEUE, R_UNTOLD } from '../words/layout.js'
import type { MethodSignature } from '../../kind/capability.js'
import type { Kind } from '../../kind/kind.js'
import type { OpenObject } from '../../object/open-object.js'
import type { WaitedCalls, Waits } from '../waits/doorbell.js'

/*
 * An object that is at home in another thread: each method is a call that travels there, and so are the hooks that
 * may refuse. What only has to be told is told without waiting.
 */

/** A memory in which there are objects that are at home in other threads. */
export interface KindMemory extends ObjectMemory {
  readonly waits: Waits
  readonly calls: HomeCalls & WaitedCalls
}

/** Calls of an object where it is at home. */
interface HomeCalls {
  /** The answer of a method, by its place among those of the kind; a negative errno when there is none. */
  call(open: SharedObject, index: number, name: string, signature: MethodSignature, args: readonly unknown[]): unknown
  /** Asks the kind whether there may be one holder more. @throws what the hook throws */
  askToClone(open: SharedObject): void
  /** The kind's line about an object. */
  describe(open: SharedObject): string
  /** The readiness of an object now, as far as it is known. */
  readiness(open: SharedObject): number
}

/** Stands for a kind of which objects are at home elsewhere. */
export function awayKind(memory: KindMemory, description: KindDescription): Kind {
  const { hooks } = description
  const queues = new WeakMap<OpenObject, SharedWaitQueue>()
  let methods = 0
  return kindFrom(
    description,
    (_, name, signature) => {
      const index = methods++
      return (open: OpenObject, ...args: unknown[]) => memory.calls.call(sharedOf(open), index, name, signature, args)
    },
    {
      cloneForDup: hooks.cloneForDup
        ? (open) => {
            memory.calls.askToClone(sharedOf(open))
          }
        : undefined,
      dropHolder: hooks.dropHolder ? tellHome : undefined,
      describe: (open) => describeAway(memory, open),
      ready: hooks.ready
        ? { now: (open) => memory.calls.readiness(sharedOf(open)), changes: (open) => queueOf(memory, queues, open) }
        : undefined,
    },
  )
}

/** The kind's line about an object. A thread that must not wait for long waits for no other one to say it. */
function describeAway(memory: KindMemory, open: OpenObject): string {
  const home = memory.words[sharedOf(open).record + R_HOME]!
  if (home === HOME_GONE) return HOME_ENDED
  if (memory.waitsBriefly) return `(at home in thread ${String(home - 1)})`
  return memory.calls.describe(sharedOf(open))
}

/** Has the home told of one holder that went. */
function tellHome(open: OpenObject): void {
  const { memory, record } = sharedOf(open)
  const home = memory.words[record + R_HOME]!
  if (home === HOME_GONE) return
  Atomics.add(memory.words, record + R_UNTOLD, 1)
  memory.waits.attend(record, home - 1)
}

/** The queue of those who wait for a change of an object: one for each. */
function queueOf(memory: KindMemory, queues: WeakMap<OpenObject, SharedWaitQueue>, open: OpenObject): SharedWaitQueue {
  let queue = queues.get(open)
  if (queue === undefined) queues.set(open, (queue = new SharedWaitQueue(memory, sharedOf(open).record + R_QUEUE)))
  return queue
}

/** Only objects with a record have a kind that stands for another. */
function sharedOf(open: OpenObject): SharedObject {
  if (open instanceof SharedObject) return open
  throw new HandleError('EINVAL', { text: `object ${String(open.id)} is not in shared memory` })
}
