import { Failure } from '../failure.js'
import { quotedArgument } from '../quote.js'

/** A part of a line that is compared: where it begins and ends, counted from 0; fields are counted first. */
export interface Key {
  /** Letters of the options that say how: of b (at the beginning), B (at the end), f, h, n, r. */
  readonly letters: ReadonlySet<string>
  readonly startField: number
  readonly startByte: number
  /** Undefined for the end of the line. */
  readonly endField: number | undefined
  /** How many bytes of the last field belong to it; 0 for all. */
  readonly endByte: number
}

/** The letters of options that say how lines are compared. */
export const ORDERING_LETTERS = 'bfhnr'

/** The whole line. */
export function wholeLine(letters: ReadonlySet<string>): Key {
  return { letters, startField: 0, startByte: 0, endField: undefined, endByte: 0 }
}

/** Reads `2.3,4.5nr`. A key without letters has those that hold for the whole line. @throws Failure */
export function parseKey(spec: string, defaults: ReadonlySet<string>): Key {
  const place = String.raw`(\d+)(?:\.(\d+))?([${ORDERING_LETTERS}]*)`
  const found = new RegExp(`^${place}(?:,${place})?$`).exec(spec)
  const bad = (why: string) => new Failure(`${why}: invalid field specification ${quotedArgument(spec)}`)
  if (found === null) throw bad('stray character in field spec')
  const [, field = '', byte = '1', letters = '', endField, endByte = '0', endLetters = ''] = found
  if (Number(field) === 0 || (endField !== undefined && Number(endField) === 0)) throw bad('field number is zero')
  if (Number(byte) === 0) throw bad('character offset is zero')
  const own = (letters + endLetters.replaceAll('b', 'B')).split('')
  return {
    letters: own.length > 0 ? new Set(own) : defaults,
    startField: Number(field) - 1,
    startByte: Number(byte) - 1,
    endField: endField === undefined ? undefined : Number(endField) - 1,
    endByte: Number(endByte),
  }
}

/** Makes what takes a key out of a line. `tab` separates fields; without it, the empty places in front of blanks do. */
export function extractor(
  { letters, startField, startByte, endField, endByte }: Key,
  tab: string | undefined,
): (line: string) => string {
  return (line) => {
    let start = afterFields(line, startField, tab)
    if (letters.has('b')) start = afterBlanks(line, start)
    start += startByte
    if (endField === undefined) return line.slice(start)
    if (endByte === 0) return line.slice(start, Math.max(start, endOfField(line, endField, tab)))
    let end = afterFields(line, endField, tab)
    if (letters.has('B')) end = afterBlanks(line, end)
    return line.slice(start, Math.max(start, end + endByte))
  }
}

/** Where the field with a number begins. */
function afterFields(line: string, fields: number, tab: string | undefined): number {
  let at = 0
  for (let field = 0; field < fields && at < line.length; field++) {
    if (tab === undefined) at = endOfWord(line, at)
    else at = Math.min(endBefore(line, at, tab) + 1, line.length)
  }
  return at
}

/** Where the field with a number ends. */
function endOfField(line: string, field: number, tab: string | undefined): number {
  if (tab === undefined) return afterFields(line, field + 1, tab)
  return endBefore(line, afterFields(line, field, tab), tab)
}

function endBefore(line: string, at: number, tab: string): number {
  const end = line.indexOf(tab, at)
  return end < 0 ? line.length : end
}

function endOfWord(line: string, from: number): number {
  let at = afterBlanks(line, from)
  while (at < line.length && !isBlank(line[at]!)) at++
  return at
}

function afterBlanks(line: string, from: number): number {
  let at = from
  while (at < line.length && isBlank(line[at]!)) at++
  return at
}

function isBlank(byte: string): boolean {
  return byte === ' ' || byte === '\t' || byte === '\n'
}
