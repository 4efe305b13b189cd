import { accountOf, mayCharge, refused, usedAt } from './charges.js'
import { damaged } from './damage.js'
import { H_LOCK, H_NAMES_USED, NAMES } from './layout.js'
import { acquire, release } from './lock.js'
import type { Words } from './words.js'

/*
 * Texts that threads know by one number: descriptions of kinds, roles of handles. They are written one behind
 * the other and never changed: a word with the length in bytes, then the UTF-8. The number of a text is the offset of
 * its length word, and 1. The count of written words is moved last, so a text that was cut half way is none.
 */

/**
 * The number of a text, which is written down if nobody has done so.
 *
 * @param most how many words of names there may be with it
 * @throws ENOMEM when there is no room for it, or this thread's account would have too many bytes of names
 */
export function intern(memory: Words, text: string, most = memory.nameWords): number {
  const { words, namesAt } = memory
  const wanted = new TextEncoder().encode(text)
  let found = find(memory, wanted, 0)
  if (found > 0) return found
  const length = 1 + Math.ceil(wanted.length / 4)
  acquire(memory, H_LOCK)
  // Not that of the thread whose call this one executes: a name lasts as long as the memory, and others find it.
  const account = accountOf(memory, memory.thread)
  const charged = usedAt(memory, account, NAMES)
  try {
    // Since it was not there, others may have written.
    found = find(memory, wanted, 0)
    const used = words[H_NAMES_USED]!
    const isRoom = used + length <= most && mayCharge(memory, account, NAMES, length)
    if (found === 0 && isRoom) {
      words[namesAt + used] = wanted.length
      memory.bytes.set(wanted, (namesAt + used + 1) * 4)
      Atomics.store(words, H_NAMES_USED, used + length)
      // Right behind it, without a call: this count cannot be made anew.
      words[charged] = words[charged]! + length
      found = used + 1
    }
  } finally {
    release(memory, H_LOCK)
  }
  if (found === 0) throw refused(memory, account, NAMES, length, 'name', `there is no room for the name ${text.slice(0, 60)}`)
  return found
}

/** The text of a number that {@link intern} gave. */
export function textOf(memory: Words, number: number): string {
  const at = memory.namesAt + number - 1
  const length = memory.words[at]!
  const isInside = number > 0 && number <= memory.nameWords && length >= 0 && length <= (memory.nameWords - number) * 4
  if (!isInside) throw damaged(`there is no name ${String(number)}`)
  // Decoders refuse views of shared memory.
  return new TextDecoder().decode(memory.bytes.slice((at + 1) * 4, (at + 1) * 4 + length))
}

function find(memory: Words, wanted: Uint8Array, from: number): number {
  const { words, bytes, namesAt } = memory
  const used = Math.min(Atomics.load(words, H_NAMES_USED), memory.nameWords)
  for (let at = from; at < used;) {
    const length = words[namesAt + at]!
    if (length < 0 || length > (used - at) * 4) throw damaged('a name has no length that could be')
    const start = (namesAt + at + 1) * 4
    if (length === wanted.length && wanted.every((byte, i) => bytes[start + i] === byte)) return at + 1
    at += 1 + Math.ceil(length / 4)
  }
  return 0
}
