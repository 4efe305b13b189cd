import { parentPort, workerData } from 'node:worker_threads'
import { attach, attachMemory, type SharedMemory } from '@ht/core/shared'
import { CAPACITY, PROMISED, type StressData, type StressDone } from './stress-data.js'
import { counted, makeWatched, useWatched, watch, watchedKind } from './stress-kind.js'
import type { HandleTable, KernelObject } from '@ht/core'

/** How many references a thread keeps at most while it does other things. */
const KEPT = 6

const { tokens, alive, thread, operations } = (workerData as { given: StressData }).given
watch(alive, thread)
const memory: SharedMemory = attachMemory({ ...tokens[0]!, type: 'ht memory' }, { kinds: [watchedKind] })
const tables = tokens.map((token) => attach(token))
const kept: KernelObject[] = []
const tried: Record<string, number> = {}
const worked: Record<string, number> = {}
let seed = 0x9e3779b9 ^ Math.imul(thread, 0x85ebca6b)

/** Operations, and how often they come. Each tells whether it did something. */
const mix: [name: string, weight: number, (table: HandleTable, at: number) => boolean][] = [
  ['borrow', 30, (table, at) => borrow(table, at)],
  ['get', 18, (table, at) => get(table, at)],
  ['keep', 4, (table, at) => keep(table, at)],
  ['isValid', 8, (table) => table.isValidHandle(handleIn(0))],
  ['metadata', 6, (table) => table.getMetadata(handleIn(0)) !== undefined],
  ['closeOnExec', 3, (table) => setCloseOnExec(table, handleIn(0))],
  ['insert', 7, (table) => insert(table)],
  ['replace', 6, (table, at) => replace(table, at)],
  ['dup', 5, (table) => table.dupErrno(handleIn(0), PROMISED) >= 0],
  ['dup2', 4, (table) => table.dup2Errno(handleIn(0), handleIn(PROMISED)) >= 0],
  ['close', 12, (table) => table.closeErrno(handleIn(0)) === 0],
  ['remove', 3, (table) => remove(table)],
  ['deepClone', 0.3, (table) => copy(table)],
  ['closeRange', 0.1, (table) => closeRange(table)],
]
const total = mix.reduce((sum, [, weight]) => sum + weight, 0)

for (let i = 0; i < operations; i++) {
  let at = random(1 << 20) * (total / (1 << 20))
  const [name, , act] = mix.find(([, weight]) => (at -= weight) < 0) ?? mix[0]!
  const table = random(tables.length)
  tried[name] = (tried[name] ?? 0) + 1
  if (act(tables[table]!, table)) worked[name] = (worked[name] ?? 0) + 1
}

for (const object of kept) object.release()
for (const table of tables) table.dispose()
const done: StressDone = { made: counted.made, released: counted.released, tried, worked }
parentPort!.postMessage(done)

function borrow(table: HandleTable, at: number): boolean {
  const handle = handleIn(0)
  return (
    table.withObject(handle, (object) => {
      useWatched(object, promiseOf(at, handle))
      return true
    }) ?? false
  )
}

function get(table: HandleTable, at: number): boolean {
  const handle = handleIn(0)
  const object = table.get(handle)
  if (object === undefined) return false
  useWatched(object, promiseOf(at, handle))
  object.release()
  return true
}

/** Keeps a reference for a while, and gives one back that was kept. */
function keep(table: HandleTable, at: number): boolean {
  const handle = handleIn(0)
  const object = table.get(handle)
  if (object === undefined) return false
  useWatched(object, promiseOf(at, handle))
  const place = random(KEPT)
  const old = kept[place]
  kept[place] = object
  if (old !== undefined) {
    useWatched(old, 0)
    old.release()
  }
  return true
}

function insert(table: HandleTable): boolean {
  const object = makeWatched(memory, 0)
  const isPlaced = table.insertAtOrAboveErrno(PROMISED, object) >= 0
  if (!isPlaced) object.release()
  return isPlaced
}

function replace(table: HandleTable, at: number): boolean {
  const handle = random(PROMISED)
  table.replace(handle, makeWatched(memory, promiseOf(at, handle)))
  return true
}

function remove(table: HandleTable): boolean {
  const object = table.remove(handleIn(0))
  if (object === undefined) return false
  useWatched(object, 0)
  object.release()
  return true
}

function setCloseOnExec(table: HandleTable, handle: number): boolean {
  try {
    table.setCloseOnExec(handle, random(2) === 1)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'EBADF') return false
    throw error
  }
}

function copy(table: HandleTable): boolean {
  const child = table.deepClone()
  for (const handle of child.activeHandles()) child.withObject(handle, (object) => useWatched(object, 0))
  child.dispose()
  return true
}

function closeRange(table: HandleTable): boolean {
  const first = handleIn(0)
  table.closeRange(first, first + 4)
  return true
}

/** What a handle of a table promises; 0 for one that may name anything. */
function promiseOf(table: number, handle: number): number {
  return handle < PROMISED ? table * PROMISED + handle + 1 : 0
}

function handleIn(from: number): number {
  return from + random(CAPACITY - from)
}

/** An integer from 0 up: the same ones for the same thread, whatever the others do. */
function random(below: number): number {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return (seed >>> 0) % below
}
