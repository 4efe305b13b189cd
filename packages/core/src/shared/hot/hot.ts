import { CODE } from './code.js'
import type { SharedBytes } from '../words/words.js'

/** In what `insert` and `remove` answer: somebody sleeps until the lock is given up, and has to be notified. */
export const RING = 0x40000000
/** What `insert` answers when no number is free; hot.wat names it. @public */
export const FULL = -2
/** The same, and there is somebody to notify. */
export const FULL_AND_RING = -3

/** The steps that are made most, as WebAssembly: `hot.wat` says what each does. */
export interface Hot {
  borrow(slot: number, hazard: number, mode: number): number
  retain(slot: number, rows: number, records: number, mode: number): number
  drop(record: number, row: number, change: number, self: number): number
  insert(self: number, table: number, word: number, role: number, rows: number, records: number): number
  remove(self: number, table: number, handle: number, rows: number, records: number): number
}

/**
 * The steps for a memory; undefined where they cannot be had: the memory is no WebAssembly's, or a page forbids
 * WebAssembly. Then JavaScript does the same.
 */
export function loadHot(source: SharedBytes): Hot | undefined {
  if (typeof WebAssembly === 'undefined' || !(source instanceof WebAssembly.Memory)) return undefined
  try {
    const code = Uint8Array.from(atob(CODE), (letter) => letter.charCodeAt(0))
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { memory: { memory: source } })
    return exports as unknown as Hot
  } catch {
    return undefined
  }
}
