import { HandleError } from '../../errors/handle-error.js'
import { PAGE_WORDS, RECORD_WORDS } from './layout.js'
import type { Words } from './words.js'

/*
 * JavaScript in a worker can write any word of the memory. What is cheap to check is checked before it is used as an
 * address or a length, so that a broken word is an error, and neither a loop nor a write to somewhere else.
 */

/** The error for words that cannot be. */
export function damaged(what: string): HandleError {
  return new HandleError('EIO', { text: `the shared memory is damaged: ${what}` })
}

/** Whether a number is the address of a record. */
export function isRecord({ recordsAt, objects }: Words, record: number): boolean {
  const offset = record - recordsAt
  return offset >= 0 && offset < objects * RECORD_WORDS && offset % RECORD_WORDS === 0
}

/** Whether a number is the address of a page. */
export function isPage({ firstPage, pages }: Words, at: number): boolean {
  const offset = at - firstPage
  return offset >= 0 && offset < pages * PAGE_WORDS && offset % PAGE_WORDS === 0
}

/** The number of the page at an address: from 0, and no other page of the memory has it. */
export function pageNumber({ firstPage }: Pick<Words, 'firstPage'>, at: number): number {
  return (at - firstPage) / PAGE_WORDS
}
