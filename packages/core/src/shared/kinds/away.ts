import { HandleError } from '../../errors/handle-error.js'
import { HOME_ENDED, kindFrom, type KindDescription } from './kind-description.js'
import { SharedWaitQueue } from '../waits/shared-wait-queue.js'
import { SharedObject } from '../objects/shared-object.js'
import { HOME_GONE, R_HOME, R_QUEUE, R_UNTOLD } from '../words/layout.js'
import type { Kind } from '../../kind/kind.js'
import type { OpenObject } from '../../object/open-object.js'

/*
 * An object that is at home in another thread: each method is a call that travels there, and so are the hooks that
 * may refuse. What only has to be told is told without waiting.
 */

/** Stands for a kind of which objects are at home elsewhere. */
export function awayKind(description: KindDescription): Kind {
  const { hooks } = description
  let methods = 0
  return kindFrom(
    description,
    (_, name, signature) => {
      const index = methods++
      return (open: OpenObject, ...args: unknown[]) => callsOf(open).call(sharedOf(open), index, name, signature, args)
    },
    {
      cloneForDup: hooks.cloneForDup
        ? (open) => {
            callsOf(open).askToClone(sharedOf(open))
          }
        : undefined,
      dropHolder: hooks.dropHolder ? tellHome : undefined,
      describe: describeAway,
      ready: hooks.ready
        ? { now: (open) => callsOf(open).readiness(sharedOf(open)), changes: queueOf }
        : undefined,
    },
  )
}

/** The kind's line about an object. A thread that must not wait for long waits for no other one to say it. */
function describeAway(open: OpenObject): string {
  const { memory, record } = sharedOf(open)
  const home = memory.words[record + R_HOME] as number
  if (home === HOME_GONE) return HOME_ENDED
  if (memory.waitsBriefly) return `(at home in thread ${String(home - 1)})`
  return callsOf(open).describe(sharedOf(open))
}

/** Has the home told of one holder that went. */
function tellHome(open: OpenObject): void {
  const { memory, record } = sharedOf(open)
  const home = memory.words[record + R_HOME] as number
  if (home === HOME_GONE) return
  Atomics.add(memory.words, record + R_UNTOLD, 1)
  memory.waits.attend(record, home - 1)
}

const queues = new WeakMap<OpenObject, SharedWaitQueue>()

function queueOf(open: OpenObject): SharedWaitQueue {
  const { memory, record } = sharedOf(open)
  let queue = queues.get(open)
  if (queue === undefined) queues.set(open, (queue = new SharedWaitQueue(memory, record + R_QUEUE)))
  return queue
}

function callsOf(open: OpenObject) {
  return sharedOf(open).memory.calls
}

/** Only objects with a record have a kind that stands for another. */
function sharedOf(open: OpenObject): SharedObject {
  if (open instanceof SharedObject) return open
  throw new HandleError('EINVAL', { text: `object ${String(open.id)} is not in shared memory` })
}
