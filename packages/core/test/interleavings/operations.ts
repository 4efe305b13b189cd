import { endBorrow, isHandleError, type HandleTable, type KernelObject, type OpenObject } from '@ht/core'
import { beginOperation, endOperation } from '../../src/object/open-object.js'
import { openShared, type SharedMemory } from '../../src/shared/index.js'
import { publish, read } from './channel.js'
import { ACCESS_MODES, accessOf } from './rights.js'
import { numberOf, use, witnessKind } from './witness.js'
import type { Turns } from './turns.js'

/** One operation of a thread's program; operands are handles, and numbers of objects where it says so. */
export type Operation =
  /** Uses what a handle names, borrowed: the number of the object, 0 when it is not open. */
  | readonly ['borrow', number]
  /** Uses it with a reference of its own: the same. */
  | readonly ['get', number]
  /** What a handle names, and what it allows, of one look: the object's number, and in the two bits below it the mode. */
  | readonly ['look', number]
  /** Uses what a handle with a mode names, borrowed: the number of the object, 0 when it is not open or has another mode. */
  | readonly ['borrow for', number, number]
  /** Uses it with a reference of its own: the same. */
  | readonly ['get for', number, number]
  /** All that is known of a handle: the object's number, the role's in three bits, close-on-exec, and the mode. */
  | readonly ['info', number]
  /** Leaves a handle this mode. */
  | readonly ['narrow', number, number]
  /** Marks a handle close-on-exec. */
  | readonly ['mark', number]
  /** Gets a reference and keeps it. */
  | readonly ['keep', number]
  /** Uses what was kept and gives it back. */
  | readonly ['let go']
  /** Makes an object of this number and places it: the handle. */
  | readonly ['insert', number]
  /** Places two, all or none: the first handle. */
  | readonly ['insertAll', number, number]
  | readonly ['remove', number]
  | readonly ['close', number]
  | readonly ['dup', number]
  | readonly ['dup2', number, number]
  /** Makes a handle name a new object of a number. */
  | readonly ['replace', number, number]
  | readonly ['closeAll']
  | readonly ['dispose']
  | readonly ['isOpen', number]
  /** Does what was left to the thread that serves. */
  | readonly ['serve']
  /** Waits for something to read from a channel: 1, or 0 at its end. */
  | readonly ['read', number]
  /** Writes one thing to a channel, whose writer a handle names. */
  | readonly ['write', number]

/** What the operations of one thread work on. */
export interface Workplace {
  readonly memory: SharedMemory
  readonly table: HandleTable
  readonly turns: Turns
  readonly kept: KernelObject[]
  /** The memory as the thread that serves sees it, where that is this one too. */
  readonly server: SharedMemory | undefined
}

/** Does an operation: what comes of it, or −errno. */
export function perform(place: Workplace, operation: Operation): number {
  try {
    return attempt(place, operation)
  } catch (error) {
    if (isHandleError(error)) return -error.errno
    throw error
  }
}

function attempt(place: Workplace, operation: Operation): number {
  const { memory, table } = place
  switch (operation[0]) {
    case 'borrow':
      return table.withObject(operation[1], use) ?? 0
    case 'get': {
      const object = table.get(operation[1])
      return object === undefined ? 0 : finish(object)
    }
    case 'look': {
      const open = table.borrow(operation[1])
      return open === undefined ? 0 : numberAndEnd(open) * 4 + table.foundAccess
    }
    case 'borrow for': {
      const open = table.borrow(operation[1], operation[2])
      return open === undefined ? 0 : useAndEnd(open)
    }
    case 'get for': {
      const object = table.get(operation[1], operation[2])
      return object === undefined ? 0 : finish(object)
    }
    case 'info': {
      const info = table.getObjectInfo(operation[1])
      if (info === undefined) return 0
      const marked = info.specialSemantics.includes('CloseOnExec') ? 4 : 0
      return Number(info.description) * 64 + info.handleRole * 8 + marked + info.accessMode
    }
    case 'narrow':
      table.narrowMetadata(operation[1], { accessMode: ACCESS_MODES[operation[2]]! })
      return 0
    case 'mark':
      table.setCloseOnExec(operation[1], true)
      return 0
    case 'keep': {
      const object = table.get(operation[1])
      if (object !== undefined) place.kept.push(object)
      return object === undefined ? 0 : 1
    }
    case 'let go': {
      const object = place.kept.pop()
      return object === undefined ? 0 : finish(object)
    }
    case 'remove': {
      const object = table.remove(operation[1])
      return object === undefined ? 0 : finish(object)
    }
    case 'insert':
      return placed([make(memory, operation[1])], ([object]) => table.insert(object!))
    case 'insertAll':
      return placed([make(memory, operation[1]), make(memory, operation[2])], (objects) => table.insertAll(objects)[0]!)
    case 'replace':
      return placed([make(memory, operation[2])], ([object]) => table.replace(operation[1], object!))
    case 'close':
      return table.closeErrno(operation[1])
    case 'dup':
      return table.dupErrno(operation[1])
    case 'dup2':
      return table.dup2Errno(operation[1], operation[2])
    case 'closeAll':
      table.closeAll()
      return 0
    case 'dispose':
      table.dispose()
      return 0
    case 'isOpen':
      return table.isValidHandle(operation[1]) ? 1 : 0
    case 'serve':
      return serve(place)
    case 'write':
      return table.withObject(operation[1], publish) ?? -9
    case 'read':
      return waitFor(place, operation[1])
  }
}

/** A new witness. */
export function make(memory: SharedMemory, number: number): KernelObject {
  return openShared(memory, witnessKind, { own: [number], accessMode: ACCESS_MODES[accessOf(number)]! })
}

/** Places objects, and gives them back when there is no room for them. */
function placed(objects: KernelObject[], place: (objects: KernelObject[]) => number): number {
  try {
    return place(objects)
  } finally {
    for (const object of objects) object.release()
  }
}

/** Uses what was borrowed and ends the borrow: the number of the object. */
function useAndEnd(open: OpenObject): number {
  try {
    return use(open.lent)
  } finally {
    endBorrow(open)
  }
}

function numberAndEnd(open: OpenObject): number {
  const number = numberOf(open as never)
  endBorrow(open)
  return number
}

/** Uses an object and gives it back, as errors would too. */
function finish(object: KernelObject): number {
  const number = use(object)
  object.release()
  return number
}

function serve({ turns, server, memory }: Workplace): number {
  turns.memory = server!
  server!.waits.answerRing()
  turns.memory = memory
  return 0
}

function waitFor({ table, memory }: Workplace, handle: number): number {
  const open: OpenObject | undefined = table.borrow(handle)
  if (open === undefined) return -9
  try {
    beginOperation(open)
  } finally {
    open.endBorrow()
  }
  try {
    return read(memory, open)
  } finally {
    endOperation(open)
  }
}
