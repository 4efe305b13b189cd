import { errorFrom } from '@ht/core'
import { AT_FDCWD } from '../calls/forms.js'
import { fillingOf } from '../trace/filling.js'
import { showNumber } from './numbers.js'
import type { TracedBytes, TraceEvent } from '../trace/event.js'

/** How many bytes of a buffer are shown. */
const SHOWN = 32

/** What {@link formatTrace} says besides. */
export interface FormatTraceOptions {
  /** Puts the time of day before a call, in UTC and with microseconds (strace -tt). */
  readonly start?: boolean
  /** Puts the seconds that a call took behind it (strace -T). */
  readonly duration?: boolean
}

/**
 * A call as strace(1) prints it: `[3] read(0, "hello\n", 65536) = 6`. Of a buffer that a call filled, what it
 * filled is shown, and how long the buffer is.
 */
export function formatTrace(event: TraceEvent, { start = false, duration = false }: FormatTraceOptions = {}): string {
  const at = start ? `${timeOf(event.start)} ` : ''
  const took = duration ? ` <${(event.duration / 1000).toFixed(6)}>` : ''
  return `[${event.task}] ${at}${showCall(event)}${isHappening(event) ? '' : took}`
}

/** Whether it is something that happens to a task, and no call. */
function isHappening({ name }: TraceEvent): boolean {
  return name === 'signal' || name === 'exit'
}

function showCall({ name, args, result, unfinished }: TraceEvent): string {
  const first = args[0] as string | number | undefined
  if (name === 'signal') return `--- SIG${first ?? ''} ---`
  if (name === 'exit') {
    const how = typeof first === 'number' ? `exited with ${first}` : `killed by SIG${first ?? ''}`
    return `+++ ${how} +++`
  }
  const shown = args.flatMap((arg, place) => (arg === undefined ? [] : [showArgument(name, args, place)]))
  return `${name}(${shown.join(', ')}) = ${unfinished === true ? '? <unfinished ...>' : showResult(result)}`
}

function showArgument(name: string, args: readonly unknown[], place: number): string {
  const arg = args[place]
  if (typeof arg === 'number') return arg === AT_FDCWD ? 'AT_FDCWD' : showNumber(name, args, place)
  if (!isBytes(arg) || fillingOf(name, place) !== 'whole' || name === 'ioctl') return show(arg)
  // Whom something came from is a text in there, NULs behind it; what stat(2) gives is none.
  return name === 'recvfrom' ? show(textOf(arg.bytes).replace(/\0.*/s, '')) : show({ ...arg, bytes: arg.bytes.subarray(0, 0) })
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (isBytes(value)) return `${showBytes(value.bytes)}, ${value.length}`
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields.map(([key, field]) => `${key}: ${show(field)}`).join(', ')}}`
}

function isBytes(value: unknown): value is TracedBytes {
  return typeof value === 'object' && value !== null && (value as Partial<TracedBytes>).bytes instanceof Uint8Array
}

function showBytes(bytes: Uint8Array): string {
  return `${JSON.stringify(textOf(bytes.subarray(0, SHOWN)))}${bytes.length > SHOWN ? '...' : ''}`
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function showResult(result: unknown): string {
  if (typeof result !== 'number' || result >= 0) return show(result)
  const { code, message } = errorFrom(result)
  return `-1 ${code} (${message.slice(code.length + 2)})`
}

/** `12:34:56.789012`. */
function timeOf(start: number): string {
  const micros = Math.floor((start % 1) * 1000)
  return `${new Date(start).toISOString().slice(11, 23)}${String(micros).padStart(3, '0')}`
}
