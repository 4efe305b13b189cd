import { Reader, Writer } from './codec.js'
import type { TraceEvent } from './event.js'

/* What a worker writes of a call: that it begins, before it does anything, and what it came to. */

const BEGIN = 1
const END = 2

/** How many bytes of texts one message holds, besides the bytes that are traced. */
const TEXTS = 65_536
/** What the rest of a message takes at most: heads, and numbers. */
const REST = 1 << 19

/** How many bytes a message can have, where this many bytes of arguments are traced. */
export function longestMessage(most: number): number {
  return most + TEXTS + REST
}

/** A call that begins. */
export interface Beginning extends Pick<TraceEvent, 'name' | 'args' | 'start'> {
  /** Which of the worker's calls it is. */
  readonly call: number
}

/** The end of a call. */
export interface Ending extends Pick<TraceEvent, 'result' | 'duration'> {
  readonly call: number
  /** Its arguments, if they are others than they were at the beginning. */
  readonly args: readonly unknown[] | undefined
}

export function writeBeginning({ call, name, args, start }: Beginning): Uint8Array {
  const writer = new Writer(TEXTS)
  writer.byte(BEGIN)
  writer.number(call)
  writer.number(start)
  writer.value(name)
  writer.value(args)
  return writer.written
}

export function writeEnding({ call, result, duration, args }: Ending): Uint8Array {
  const writer = new Writer(TEXTS)
  writer.byte(END)
  writer.number(call)
  writer.number(duration)
  writer.value(result)
  writer.value(args)
  return writer.written
}

/** Reads a message. @throws RangeError for what is none */
export function readMessage(message: Uint8Array): Beginning | Ending {
  const reader = new Reader(message)
  const sort = reader.byte()
  const call = reader.number()
  const time = reader.number()
  const [first, args] = [reader.value(), reader.value()]
  if (sort === BEGIN && typeof first === 'string' && Array.isArray(args)) return { call, name: first, args, start: time }
  if (sort === END && (args === undefined || Array.isArray(args))) return { call, result: first, duration: time, args }
  throw new RangeError('no message of a trace')
}
