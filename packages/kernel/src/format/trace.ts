import { errorFrom } from '@ht/core'
import { AT_FDCWD } from '../calls/forms.js'
import { showNumber } from './numbers.js'
import type { TraceEvent } from '../trace/event.js'

/** How many bytes of a buffer are shown. */
const SHOWN = 32

/**
 * A call as strace(1) prints it: `[3] read(0, "hello\n", 65536) = 6`. Of a buffer that a call filled, what it
 * filled is shown, and how long the buffer is.
 */
export function formatTrace({ task, name, args, result }: TraceEvent): string {
  const who = `[${task}]`
  const first = args[0] as string | number | undefined
  if (name === 'signal') return `${who} --- SIG${first ?? ''} ---`
  if (name === 'exit') {
    const how = typeof first === 'number' ? `exited with ${first}` : `killed by SIG${first ?? ''}`
    return `${who} +++ ${how} +++`
  }
  const filled = FILLING.has(name) ? (typeof result === 'number' ? Math.max(result, 0) : 0) : Infinity
  const shown = args.flatMap((arg, place) => (arg === undefined ? [] : [showArgument(name, args, place, filled)]))
  return `${who} ${name}(${shown.join(', ')}) = ${showResult(result)}`
}

/** Calls whose buffer holds something only when they have returned. */
const FILLING = new Set(['read', 'readv', 'pread', 'recv', 'recvfrom', 'getdents', 'stat', 'lstat', 'fstat', 'fstatat'])

function showArgument(name: string, args: readonly unknown[], place: number, filled: number): string {
  const arg = args[place]
  if (typeof arg === 'number') return arg === AT_FDCWD ? 'AT_FDCWD' : showNumber(name, args, place)
  // Whom something came from is a text in there, NULs behind it.
  if (name === 'recvfrom' && place === 3 && arg instanceof Uint8Array) return show(textOf(arg).replace(/\0.*/s, ''))
  return show(arg, filled)
}

function show(value: unknown, filled = Infinity): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return `${showBytes(value.subarray(0, Math.min(filled, value.length)))}, ${value.length}`
  if (Array.isArray(value)) return `[${value.map((it) => show(it, filled)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields.map(([key, field]) => `${key}: ${show(field)}`).join(', ')}}`
}

function showBytes(bytes: Uint8Array): string {
  return `${JSON.stringify(textOf(bytes.subarray(0, SHOWN)))}${bytes.length > SHOWN ? '...' : ''}`
}

function textOf(bytes: Uint8Array): string {
  // A copy, because a decoder refuses bytes in shared memory.
  return new TextDecoder().decode(new Uint8Array(bytes))
}

function showResult(result: unknown): string {
  if (typeof result !== 'number' || result >= 0) return show(result)
  const { code, message } = errorFrom(result)
  return `-1 ${code} (${message.slice(code.length + 2)})`
}
