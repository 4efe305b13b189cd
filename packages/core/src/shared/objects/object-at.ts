import { damaged, isRecord } from '../words/damage.js'
import { R_ID } from '../words/layout.js'
import { indexOf } from './records.js'
import type { ObjectMemory, SharedObject } from './shared-object.js'

/** The object of a record that is held or protected: the one that this thread has for it, or a new one. */
export function objectAt(memory: ObjectMemory, record: number): SharedObject {
  const index = indexOf(memory, record)
  const known = memory.known[index]
  if (known !== undefined && known.identity === memory.words[record + R_ID]) return known
  if (!isRecord(memory, record)) throw damaged(`there is no record at ${String(record)}`)
  return (memory.known[index] = memory.bindings.makeObject(record))
}
