import { checkInteger, invalid } from '../../errors/check.js'
import { HandleError } from '../../errors/handle-error.js'
import { toRegistry, type Kinds } from '../../kind/registry.js'
import { HIGHEST_CAPACITY, HandleTable, ownerOf, slotsOf, type HandleTableOptions } from '../../table/handle-table.js'
import { attachMemory, memoryToken, type MemoryToken } from '../thread/attach-memory.js'
import { H_LOCK, TABLE_ID, TABLE_LOCK, TABLE_NUMBER, TABLE_OWNERS } from '../words/layout.js'
import { acquireIf, release } from '../words/lock.js'
import { SharedMemory, type OwnTable } from '../thread/memory.js'
import { SharedSlots } from './shared-slots.js'
import { countOwnersOf, isTable, makeTable } from '../words/tables.js'

/** A token to post to another thread, so that it can attach to a table. It owns nothing: keep an owner until then. */
export interface TableToken extends Omit<MemoryToken, 'type'> {
  readonly type: 'ht table'
  /** Its entry among the memory's tables, and which table it is: the entry may be another one's by then. */
  readonly table: number
  readonly tableId: number
}

/** Options of {@link attach}. */
export interface AttachTableOptions {
  /**
   * The kinds that the thread can use, and whose objects the table takes from it. Without it any object is taken,
   * and of those that live in the memory only kinds of which this thread has made one can be used.
   */
  readonly kinds?: Kinds
}

/**
 * Makes a table in shared memory, and its first owner. It obeys the rules of any `HandleTable`. A private object that is
 * placed in it stays in this thread; other threads reach it by calls.
 *
 * @throws EINVAL that names a wrong option; ENOMEM if the memory has no room
 */
export function createSharedTable(memory: SharedMemory, options: HandleTableOptions = {}): HandleTable {
  const syscall = 'createSharedTable'
  if (!(memory instanceof SharedMemory)) throw invalid('memory', 'what createSharedMemory() gives', memory, syscall)
  memory.checkAttached(syscall)
  if (typeof options !== 'object' || (options as unknown) === null) throw invalid('options', 'an object', options, syscall)
  const { capacity = HandleTable.MAX_HANDLES, limit = capacity, kinds } = options
  checkInteger(capacity, 'capacity', 1, HIGHEST_CAPACITY, syscall)
  checkInteger(limit, 'limit', 0, capacity, syscall)
  const registry = kinds === undefined ? undefined : toRegistry(kinds)
  return ownerOf(new SharedSlots(memory, makeTable(memory, capacity, limit), registry))
}

/**
 * Makes a token of a shared table, to post to other threads. It is not an owner: keep an owner until the other thread
 * has attached.
 *
 * @param thread the number from `admitWorker`, for a worker that this thread cleans up after
 * @throws EINVAL if the table is not in shared memory; EBADF if the owner was disposed of
 */
export function share(table: HandleTable, thread?: number): TableToken {
  const slots = slotsOf(table, 'table', 'share')
  if (!(slots instanceof SharedSlots)) {
    throw new HandleError('EINVAL', { text: 'table is not in shared memory: make it with createSharedTable()', syscall: 'share' })
  }
  const { words } = slots.memory
  return {
    ...memoryToken(slots.memory, thread),
    type: 'ht table',
    table: words[slots.at + TABLE_NUMBER]!,
    tableId: words[slots.at + TABLE_ID]!,
  }
}

/**
 * Makes another owner of a table that another thread has shared. Attaches this thread to the memory if it is not yet.
 * The caller disposes of the owner.
 *
 * @throws as `attachMemory`; EBADF if the table has no owner any more
 */
export function attach(token: TableToken, options: AttachTableOptions = {}): HandleTable {
  return ownerOf(attachSlots(memoryOf(token, options), token, options))
}

/**
 * A way to use a table that another thread owns, for a thread that works on its behalf: it is not an owner, and counts as
 * none. Disposing of it leaves the table as it is. The owner of the table ends this use before it disposes of the table.
 *
 * @throws as {@link attach}
 */
export function viewTable(token: TableToken, options: AttachTableOptions = {}): HandleTable {
  const memory = memoryOf(token, options)
  const { kinds } = options
  const at = entryOf(memory, token)
  if (at === 0) throw ended()
  return ownerOf(new SharedSlots(memory, at, kinds === undefined ? undefined : toRegistry(kinds), true))
}

function memoryOf(token: TableToken, options: AttachTableOptions): SharedMemory {
  const given = token as Partial<TableToken> | null
  if (typeof given !== 'object' || given?.type !== 'ht table') throw invalid('token', 'what share() gives', token, 'attach')
  return attachMemory({ ...token, type: 'ht memory' }, options)
}

/** The address of the table that a token names; 0 when it has ended. */
function entryOf(memory: SharedMemory, { table, tableId }: Pick<TableToken, 'table' | 'tableId'>): number {
  const { words, directoryAt } = memory
  const isEntry = Number.isInteger(table) && table >= 0 && table < memory.mostTables
  const at = isEntry ? Atomics.load(words, directoryAt + table) : 0
  return at !== 0 && isTable(memory, at) && words[at + TABLE_ID] === tableId ? at : 0
}

/** This thread's owner of a table by its entry. */
export function attachSlots(
  memory: SharedMemory,
  { table, tableId }: Pick<TableToken, 'table' | 'tableId'>,
  { kinds }: AttachTableOptions,
): OwnTable {
  const { words } = memory
  const at = entryOf(memory, { table, tableId })
  const registry = kinds === undefined ? undefined : toRegistry(kinds)
  if (at === 0) throw ended()
  // One thread looks at a table by one set of views, however many owners it has.
  const known = [...memory.tables].find((slots) => slots.at === at && slots.kinds === registry && !slots.isView)
  const isThere = acquireIf(
    memory,
    at + TABLE_LOCK,
    H_LOCK,
    () => words[memory.directoryAt + table] === at && words[at + TABLE_ID] === tableId,
  )
  if (!isThere) throw ended()
  // Nothing is called until the lock is given up, and so nothing throws.
  const owners = countOwnersOf(memory, at)
  if (owners > 0) {
    words[at + TABLE_OWNERS + memory.thread] = words[at + TABLE_OWNERS + memory.thread]! + 1
  }
  release(memory, at + TABLE_LOCK)
  if (owners === 0) throw ended()
  if (known === undefined) return new SharedSlots(memory, at, registry)
  known.owners++
  return known
}

function ended(): HandleError {
  return new HandleError('EBADF', {
    text: 'bad file descriptor: the table of this token has no owner any more',
    syscall: 'attach',
  })
}
