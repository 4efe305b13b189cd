import { errnoOf } from '../../src/errors/errno.js'
import { EBADF, EMFILE } from '../../src/errors/numbers.js'
import { CLOSE_ON_EXEC } from '../../src/table/metadata.js'
import { accessOf, roleOf } from './rights.js'
import type { Operation } from './operations.js'

/** A table as one thread would have it: what each number names, its owners, and what a channel holds. */
export interface Model {
  slots: number[]
  /** Of each number, the mode of its handle, and close-on-exec. */
  bits: number[]
  limit: number
  owners: number
  /** Of each thread, whether its owner was disposed of, and what it has kept. */
  gone: boolean[]
  kept: number[][]
  /** The number of the channel's writer, 0 without a channel; what can be read; whether the end has come. */
  writer: number
  unread: number
}

/** What an operation knows from its earlier steps. */
interface Local {
  object: number
  /** The mode of the handle that was looked up. */
  access: number
  result: number
}

/** A step of an operation, which happens at once. False: it cannot happen now, since it waits. */
type Step = (model: Model, local: Local, thread: number) => boolean

/** An operation that was done, and what came of it. */
export interface Event {
  readonly operation: Operation
  readonly began: number
  readonly ended: number
  readonly result: number
}

/**
 * Whether what the threads saw could have come of one operation after the other, in an order that keeps what was
 * over before something else began; and leaves the table as it is now.
 *
 * A few operations are two steps, as they are on Linux: dup looks its source up and then places it. What is closed
 * at once by writers is closed number by number for those who look without a lock.
 */
export function isExplained(start: Model, threads: readonly (readonly Event[])[], final: readonly number[] | undefined): boolean {
  const steps = threads.map((events) => events.map(({ operation }) => stepsOf(operation)))
  const explore = (model: Model, at: Position[]): boolean => {
    if (at.every(({ operation }, thread) => operation === threads[thread]!.length)) {
      return final === undefined || model.slots.every((object, handle) => object === (final[handle] ?? 0))
    }
    return at.some((position, thread) => {
      const event = threads[thread]![position.operation]
      if (event === undefined || isTooEarly(event, threads, at)) return false
      const next = structuredClone(model)
      const local = { ...position.local }
      const todo = steps[thread]![position.operation]!
      if (!todo[position.step]!(next, local, thread)) return false
      const isOver = position.step + 1 === todo.length || local.result !== UNKNOWN
      if (isOver && local.result !== event.result) return false
      const moved = isOver ? startOf(position.operation + 1) : { ...position, step: position.step + 1, local }
      return explore(
        next,
        at.map((it, other) => (other === thread ? moved : it)),
      )
    })
  }
  return explore(
    structuredClone(start),
    threads.map(() => startOf(0)),
  )
}

interface Position {
  readonly operation: number
  readonly step: number
  readonly local: Local
}

/** No result yet; no operation has it. */
const UNKNOWN = -1e9

function startOf(operation: number): Position {
  return { operation, step: 0, local: { object: 0, access: 0, result: UNKNOWN } }
}

/** Whether something that was over before this began has not happened yet. */
function isTooEarly({ began }: Event, threads: readonly (readonly Event[])[], at: readonly Position[]): boolean {
  return threads.some((events, thread) => {
    const waiting = events[at[thread]!.operation]
    return waiting !== undefined && waiting.ended < began
  })
}

/** One step that gives a result. */
function once(f: (model: Model, thread: number) => number): Step[] {
  return [
    (model, local, thread) => {
      local.result = f(model, thread)
      return true
    },
  ]
}

function stepsOf(operation: Operation): Step[] {
  switch (operation[0]) {
    case 'borrow':
    case 'get':
      return once((model, thread) => (model.gone[thread] === true ? -EBADF : (model.slots[operation[1]] ?? 0)))
    case 'look':
      return once(({ slots, bits }) => (slots[operation[1]] ?? 0) * 4 + accessAt({ slots, bits }, operation[1]))
    case 'borrow for':
    case 'get for':
      return once((model) =>
        (accessAt(model, operation[1]) & operation[2]) === operation[2] ? (model.slots[operation[1]] ?? 0) : 0,
      )
    case 'info':
      return once(({ slots, bits }) => {
        const object = slots[operation[1]] ?? 0
        return object === 0 ? 0 : object * 64 + roleOf(object) * 8 + bits[operation[1]]!
      })
    case 'narrow':
      return once((model) => {
        if (!isOpen(model, operation[1])) return -EBADF
        if ((operation[2] & ~accessAt(model, operation[1])) !== 0) return -errnoOf('EPERM')
        model.bits[operation[1]] = (model.bits[operation[1]]! & CLOSE_ON_EXEC) | operation[2]
        return 0
      })
    case 'mark':
      return once((model) => {
        if (!isOpen(model, operation[1])) return -EBADF
        model.bits[operation[1]]! |= CLOSE_ON_EXEC
        return 0
      })
    case 'keep':
      return once((model, thread) => {
        const object = model.slots[operation[1]] ?? 0
        if (object !== 0) model.kept[thread]!.push(object)
        return object === 0 ? 0 : 1
      })
    case 'let go':
      return once((model, thread) => model.kept[thread]!.pop() ?? 0)
    case 'isOpen':
      return once((model, thread) => (model.gone[thread] === true ? -EBADF : isOpen(model, operation[1]) ? 1 : 0))
    case 'insert':
      return once((model, thread) => (model.gone[thread] === true ? -EBADF : insert(model, operation[1])))
    case 'insertAll':
      return insertAll(operation[1], operation[2])
    case 'remove':
      return once((model, thread) => (model.gone[thread] === true ? -EBADF : clear(model, operation[1])))
    case 'close':
      return once((model) => (clear(model, operation[1]) === 0 ? -EBADF : 0))
    case 'replace':
      return once((model) => set(model, operation[1], operation[2]))
    case 'dup':
      return [lookUp(operation[1]), ...last((model, { object, access }) => insert(model, object, access))]
    case 'dup2':
      return [lookUp(operation[1]), ...last((model, { object, access }) => set(model, operation[2], object, access))]
    case 'closeAll':
      return closeEach()
    case 'dispose':
      return [
        (model, _local, thread) => {
          if (model.gone[thread] !== true) model.owners--
          model.gone[thread] = true
          if (model.owners === 0) model.slots.fill(0)
          return true
        },
        ...once(() => 0),
      ]
    case 'serve':
      return once(() => 0)
    case 'write':
      return once((model) => {
        if (!isOpen(model, operation[1])) return -EBADF
        model.unread++
        return 1
      })
    case 'read':
      return [
        lookUp(operation[1]),
        (model, local) => {
          if (model.unread > 0) model.unread--
          else if (model.slots.includes(model.writer)) return false
          else {
            local.result = 0
            return true
          }
          local.result = 1
          return true
        },
      ]
  }
}

function last(f: (model: Model, local: Local) => number): Step[] {
  return [
    (model, local) => {
      local.result = f(model, local)
      return true
    },
  ]
}

/** The first of two steps: without an object it is the only one. */
function lookUp(handle: number): Step {
  return (model, local, thread) => {
    local.object = model.gone[thread] === true ? 0 : (model.slots[handle] ?? 0)
    local.access = accessAt(model, handle)
    if (local.object === 0) local.result = -EBADF
    return true
  }
}

/** Two numbers are found at once, and opened one after the other. */
function insertAll(first: number, second: number): Step[] {
  return [
    (model, local) => {
      const free = model.slots.flatMap((object, handle) => (object === 0 && handle < model.limit ? [handle] : []))
      if (free.length < 2) local.result = -EMFILE
      else {
        set(model, free[0]!, first)
        local.object = free[0]! * 16 + free[1]!
      }
      return true
    },
    (model, local) => {
      set(model, local.object & 15, second)
      local.result = local.object >> 4
      return true
    },
  ]
}

function closeEach(): Step[] {
  const steps: Step[] = []
  for (let handle = 0; handle < 4; handle++) {
    steps.push((model) => {
      model.slots[handle] = 0
      return true
    })
  }
  return [...steps, ...once(() => 0)]
}

function isOpen(model: Model, handle: number): boolean {
  return (model.slots[handle] ?? 0) !== 0
}

/** What a number allows; 0 when it is not open. */
function accessAt({ slots, bits }: Pick<Model, 'slots' | 'bits'>, handle: number): number {
  return (slots[handle] ?? 0) === 0 ? 0 : bits[handle]! & ~CLOSE_ON_EXEC
}

function insert(model: Model, object: number, access?: number): number {
  const handle = model.slots.indexOf(0)
  return handle >= 0 && handle < model.limit ? set(model, handle, object, access) : -EMFILE
}

function set(model: Model, handle: number, object: number, access = accessOf(object)): number {
  if (handle >= model.limit) return -EBADF
  model.slots[handle] = object
  model.bits[handle] = access
  return handle
}

function clear(model: Model, handle: number): number {
  const object = model.slots[handle] ?? 0
  model.slots[handle] = 0
  return object
}
