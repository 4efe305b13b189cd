import { signalNumber, signalOf } from '../task/signals.js'
import { errorFromReport, reportOf } from './error-text.js'
import type { Ending } from '../task/end.js'

/*
 * How a task in a worker has ended, as the worker leaves it to the kernel's thread: some bytes that only these two have.
 * The first word says all that counts, and one atomic store writes it, so that it needs no memory and no message, and
 * cannot be half there. What the program threw stands behind it as far as it could be written.
 *
 * The record ends nothing: a task has ended when its worker has, and the record is read then.
 */

/** 0 until the end; then {@link HAS_ENDED}, the signal above the status's eight bits. */
const STATE = 0
/** How many bytes of text there are. */
const LENGTH = 1
const TEXT_AT = 8
/** Room for a report whose texts have their greatest lengths, in the usual characters. */
const RECORD_BYTES = 16 * 1024

const HAS_ENDED = 1 << 16
const SIGNAL_SHIFT = 8

export type ExitRecord = SharedArrayBuffer

export function createExitRecord(): ExitRecord {
  return new SharedArrayBuffer(RECORD_BYTES)
}

/** Writes down how the task has ended. What was written first stays. */
export function leaveExit(record: ExitRecord, { status, signal, error }: Ending): void {
  const words = new Int32Array(record)
  if (Atomics.load(words, STATE) !== 0) return
  try {
    if (error !== undefined) leaveText(record, words, error)
  } catch {
    // The text is lost, and nothing else.
  }
  const number = signal === undefined ? 0 : signalNumber(signal)
  Atomics.store(words, STATE, HAS_ENDED | (number << SIGNAL_SHIFT) | (status & 255))
}

/** Whether the task's program has come to its end. */
export function hasLeft(record: ExitRecord): boolean {
  return Atomics.load(new Int32Array(record), STATE) !== 0
}

/** How the task has ended; undefined when its worker did not come to say so. The worker has ended, so nothing changes. */
export function exitLeft(record: ExitRecord): Ending | undefined {
  const words = new Int32Array(record)
  const state = Atomics.load(words, STATE)
  if (state === 0) return undefined
  const number = (state >> SIGNAL_SHIFT) & 127
  const isSignal = number >= 1 && number <= 64
  return { status: state & 255, ...(isSignal && { signal: signalOf(number) }), error: textLeft(record, words) }
}

function leaveText(record: ExitRecord, words: Int32Array, error: unknown): void {
  let report = reportOf(error)
  let text = new TextEncoder().encode(JSON.stringify(report))
  if (text.length > RECORD_BYTES - TEXT_AT && report !== undefined) {
    // Characters of several bytes: the message counts more than where it comes from.
    report = { ...report, message: report.message.slice(0, 1024), stack: undefined }
    text = new TextEncoder().encode(JSON.stringify(report))
  }
  if (text.length > RECORD_BYTES - TEXT_AT) return
  new Uint8Array(record, TEXT_AT).set(text)
  words[LENGTH] = text.length
}

/** What the program threw, as the worker tells it: anything may stand there. */
function textLeft(record: ExitRecord, words: Int32Array): Error | undefined {
  const length = words[LENGTH]!
  if (length <= 0 || length > RECORD_BYTES - TEXT_AT) return undefined
  try {
    const text = new TextDecoder().decode(new Uint8Array(record, TEXT_AT, length).slice())
    return errorFromReport(reportOf(JSON.parse(text)))
  } catch {
    return new Error('what the program threw could not be read')
  }
}
