import { parentPort, workerData } from 'node:worker_threads'
import { endBorrow, openObjectOf, READABLE, WRITABLE, type HandleTable, type OpenObject } from '@ht/core'
import { attach, attachMemory } from '@ht/core/shared'
import { ADVANCED, AT, DONE, mark, READ_ONLY, READ_WRITE, targetKind, type RightsData, type Target } from './rights-kind.js'

const { memory: memoryToken, token, control, looks, steps } = (workerData as { given: RightsData }).given
const memory = attachMemory(memoryToken, { kinds: [targetKind] })
if (steps) Object.assign(memory, { hot: undefined })
const table = attach(token, { kinds: [targetKind] })
parentPort!.postMessage(looks === 0 ? change(table) : look(table))
table.dispose()

/** Makes one number name the one and the other object, until the other thread has looked often enough. */
function change(table: HandleTable): number {
  let rounds = 0
  for (; Atomics.load(control, DONE) === 0; rounds++) {
    table.dup2(READ_ONLY, AT)
    table.dup2(READ_WRITE, AT)
    if (rounds % 3 === 0) table.setCloseOnExec(AT, true)
    if (rounds % 5 === 0) {
      table.close(AT)
      table.dup2(READ_ONLY, AT)
    }
    Atomics.add(control, ADVANCED, 1)
  }
  return rounds
}

/** Looks at the number in each way that there is, and writes where it may. */
function look(table: HandleTable): Record<string, number> {
  const found = { written: 0, refused: 0, wrong: 0 }
  const pair = (open: OpenObject, access: number) => {
    const isWritable = (open as OpenObject<Target>).state.isWritable
    if (access !== (isWritable ? READABLE | WRITABLE : READABLE)) found.wrong++
  }
  const ways: (() => void)[] = [
    () => {
      const open = table.borrow(AT, WRITABLE)
      if (open === undefined) {
        found.refused++
        return
      }
      mark(open)
      endBorrow(open)
      found.written++
    },
    () => {
      const object = table.get(AT, WRITABLE)
      if (object === undefined) {
        found.refused++
        return
      }
      mark(openObjectOf(object))
      object.release()
      found.written++
    },
    () => {
      const open = table.borrow(AT)
      if (open === undefined) return
      pair(open, table.foundAccess)
      endBorrow(open)
    },
    () => {
      const object = table.get(AT)
      if (object === undefined) return
      pair(openObjectOf(object), table.foundAccess)
      object.release()
    },
    () => {
      const clone = table.cloneWithMetadata(AT)
      if (clone === undefined) return
      pair(openObjectOf(clone.object), clone.metadata.accessMode === 'ReadOnly' ? READABLE : READABLE | WRITABLE)
      clone.object.release()
    },
    () => {
      const info = table.getObjectInfo(AT)
      if (info === undefined) return
      const isReadOnly = info.description === 'read-only'
      if ((info.accessMode === READABLE) !== isReadOnly || (info.handleType === 'LogOutput') !== isReadOnly) found.wrong++
    },
    () => {
      table.forEachWithMetadata((handle, object, { accessMode }) => {
        if (handle === AT) pair(openObjectOf(object), accessMode === 'ReadOnly' ? READABLE : READABLE | WRITABLE)
      })
    },
    () => {
      // The number itself is free at times, and the other thread's to close.
      const copy = table.dupErrno(AT, AT + 1)
      if (copy < 0) return
      const open = table.borrow(copy)!
      pair(open, table.foundAccess)
      endBorrow(open)
      table.close(copy)
    },
  ]
  // The threads have met when the other one has made its changes in between.
  for (let i = 0; i < looks || Atomics.load(control, ADVANCED) < looks / 20; i++) ways[i % ways.length]!()
  Atomics.store(control, DONE, 1)
  return found
}
