import { errnoOf } from '../../errors/errno.js'
import { HandleError, isHandleError } from '../../errors/handle-error.js'
import { allocate, bytesOf, ownership } from '../pages.js'
import { C_ANSWER, C_BLOCK } from './entry.js'
import { readText, TEXT_UNIT, writeText } from './text.js'
import type { SharedMemory } from '../memory.js'

/*
 * A block begins with the answer: its sort, and then a double; or the length and the address of a text, which
 * stands behind the arguments, or in pages of its own.
 */

/** Where in a block the arguments begin, in bytes. */
export const START = 16

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

/** Writes an answer that is no object. A text goes behind the first `end` bytes, or elsewhere. @throws ENOMEM */
export function writeValue(memory: SharedMemory, entry: number, value: number | string | undefined, end: number): void {
  const { words, doubles } = memory
  const block = words[entry + C_BLOCK] as number
  if (typeof value === 'string') {
    placeText(memory, entry, value, end)
    words[block] = TEXT
  } else if (value === undefined) words[block] = NOTHING
  else {
    doubles[(block >> 1) + 1] = value
    words[block] = NUMBER
  }
}

/** Writes that the answer is an object. */
export function writeObject({ words }: SharedMemory, entry: number): void {
  words[words[entry + C_BLOCK] as number] = OBJECT
}

/** Writes what was thrown. The arguments are over by then. */
export function writeThrown(memory: SharedMemory, entry: number, thrown: unknown): void {
  const block = memory.words[entry + C_BLOCK] as number
  const said = describe(thrown)
  try {
    placeText(memory, entry, JSON.stringify(said), START)
  } catch {
    const most = Math.floor((bytesOf(memory, block) - START) / TEXT_UNIT / 8)
    placeText(memory, entry, JSON.stringify({ ...said, message: said.message.slice(0, most) }), START)
  }
  memory.words[block] = THROWN
}

/** Reads what came back. */
export function readAnswer(memory: SharedMemory, block: number): Answer {
  const { words, doubles } = memory
  switch (words[block]) {
    case NUMBER:
      return { sort: 'value', value: doubles[(block >> 1) + 1] as number }
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

function placeText(memory: SharedMemory, entry: number, text: string, end: number): void {
  const { words } = memory
  const block = words[entry + C_BLOCK] as number
  const length = text.length * TEXT_UNIT
  let at = block * 4 + end
  if (end + length > bytesOf(memory, block)) {
    const more = allocate(memory, length, 'call')
    const { word, owned } = ownership(memory, more)
    // It is the entry's from here on, whoever dies.
    words[entry + C_ANSWER] = more
    words[word] = owned
    at = more * 4
  }
  writeText(memory, at, text)
  words[block + 1] = text.length
  words[block + 2] = at
}

function textIn(memory: SharedMemory, block: number): string {
  return readText(memory, memory.words[block + 2] as number, memory.words[block + 1] as number)
}

interface Said {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly syscall?: string
  readonly isOurs: boolean
}

function describe(thrown: unknown): Said {
  if (!(thrown instanceof Error)) return { name: 'Error', message: `a method threw ${typeof thrown}, not an Error`, isOurs: false }
  const { name, message } = thrown
  const { code, syscall } = thrown as { code?: unknown; syscall?: unknown }
  return {
    name,
    message,
    isOurs: isHandleError(thrown),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof syscall === 'string' ? { syscall } : {}),
  }
}

/** The error again, as the method threw it: ours with its code, any other with its name and message. */
function rebuild({ name, message, code, syscall, isOurs }: Said): Error {
  if (isOurs && code !== undefined && errnoOf(code) !== undefined) {
    const error = new HandleError(code as HandleError['code'], { syscall })
    error.message = message
    return error
  }
  const error = new Error(message)
  error.name = name
  return code === undefined ? error : Object.assign(error, { code, syscall })
}
