import { errnoOf } from '../../errors/errno.js'
import { HandleError, isHandleError } from '../../errors/handle-error.js'
import { damaged } from '../words/damage.js'
import { isLockBusy, lockBusy } from '../words/lock-busy.js'
import { allocate, bytesOf } from '../words/pages.js'
import { B_LENGTH, B_SORT, B_VALUE, START } from './block.js'
import { readText, TEXT_UNIT, writeText } from './text.js'
import type { Words } from '../words/words.js'

/*
 * An answer is a sort, and a double; or the length and the address of a text, which stands behind the arguments, or in
 * pages of its own.
 */

const NOTHING = 0
const NUMBER = 1
const TEXT = 2
const THROWN = 3
/** An object, which the entry names. */
const OBJECT = 4

/** What came back from a call. */
export type Answer =
  | { readonly sort: 'value'; readonly value: number | string | undefined }
  | { readonly sort: 'object' }
  | { readonly sort: 'thrown'; readonly error: Error }

/**
 * Writes an answer that is not an object. A text goes behind the first `end` bytes, or into pages of its own, whose address
 * comes back; this thread answers for them. 0 for none.
 *
 * @throws ENOMEM
 */
export function writeValue(memory: Words, block: number, value: number | string | undefined, end: number): number {
  const { words, doubles } = memory
  if (typeof value === 'string') return placeText(memory, block, TEXT, value, end)
  if (value === undefined) words[block + B_SORT] = NOTHING
  else {
    doubles[(block + B_VALUE) >> 1] = value
    words[block + B_SORT] = NUMBER
  }
  return 0
}

/** Writes that the answer is an object. */
export function writeObject({ words }: Words, block: number): void {
  words[block + B_SORT] = OBJECT
}

/** Writes what was thrown; what comes back is as in {@link writeValue}. The arguments are over by then. */
export function writeThrown(memory: Words, block: number, thrown: unknown): number {
  const said = describe(thrown)
  try {
    return placeText(memory, block, THROWN, JSON.stringify(said), START)
  } catch {
    const most = Math.floor((bytesOf(memory, block) - START) / TEXT_UNIT / 8)
    return placeText(memory, block, THROWN, JSON.stringify({ ...said, message: said.message.slice(0, most) }), START)
  }
}

/** Reads what came back. */
export function readAnswer(memory: Words, block: number): Answer {
  const { words, doubles } = memory
  switch (words[block + B_SORT]) {
    case NUMBER:
      return { sort: 'value', value: doubles[(block + B_VALUE) >> 1]! }
    case TEXT:
      return { sort: 'value', value: textIn(memory, block) }
    case THROWN:
      return { sort: 'thrown', error: rebuild(JSON.parse(textIn(memory, block)) as Said) }
    case OBJECT:
      return { sort: 'object' }
    default:
      return { sort: 'value', value: undefined }
  }
}

function placeText(memory: Words, block: number, sort: number, text: string, end: number): number {
  const { words } = memory
  const length = text.length * TEXT_UNIT
  const more = end + length > bytesOf(memory, block) ? allocate(memory, length, 'call') : 0
  const at = more === 0 ? block * 4 + end : more * 4
  writeText(memory, at, text)
  words[block + B_LENGTH] = text.length
  words[block + B_VALUE] = at
  words[block + B_SORT] = sort
  return more
}

function textIn(memory: Words, block: number): string {
  const at = memory.words[block + B_VALUE]!
  const length = memory.words[block + B_LENGTH]!
  if (at < memory.firstPage * 4 || length < 0 || at + length * TEXT_UNIT > memory.bytes.length)
    throw damaged('an answer is not there')
  return readText(memory, at, length)
}

interface Said {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly syscall?: string
  readonly isOurs: boolean
  readonly isBusy?: boolean
}

function describe(thrown: unknown): Said {
  if (!(thrown instanceof Error))
    return { name: 'Error', message: `a method threw ${typeof thrown}, not an Error`, isOurs: false }
  const { name, message } = thrown
  const { code, syscall } = thrown as { code?: unknown; syscall?: unknown }
  return {
    name,
    message,
    isOurs: isHandleError(thrown),
    ...(isLockBusy(thrown) ? { isBusy: true } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof syscall === 'string' ? { syscall } : {}),
  }
}

/** The error again, as the method threw it: ours with its code, any other with its name and message. */
function rebuild({ name, message, code, syscall, isOurs, isBusy }: Said): Error {
  if (isBusy === true) return Object.assign(lockBusy(message), { message })
  if (isOurs && code !== undefined && errnoOf(code) !== undefined) {
    const error = new HandleError(code as HandleError['code'], { syscall })
    error.message = message
    return error
  }
  const error = new Error(message)
  error.name = name
  return code === undefined ? error : Object.assign(error, { code, syscall })
}
