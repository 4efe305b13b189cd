import { Failure } from '../failure.js'
import { quotedArgument } from '../quote.js'
import { byBytes, byGeneralNumber, byHumanNumber, byMonth, byNumber, byVersion, type Ordering } from './orderings.js'

/** What a part of a line is compared by. */
export interface Style {
  /** Letters of the options that say how: of b (at the beginning), B (at the end), d, f, g, h, i, M, n, r, V. */
  readonly letters: Set<string>
}

/** A part of a line that is compared: where it begins and ends, counted from 0; fields are counted first. */
export interface Key extends Style {
  readonly startField: number
  readonly startByte: number
  /** Undefined for the end of the line. */
  readonly endField: number | undefined
  /** How many bytes of the last field belong to it; 0 for all. */
  readonly endByte: number
}

/** The letters of options that say how is compared. */
const ORDERING_LETTERS = 'bdfghiMnrV'

/** The whole line. */
export function wholeLine(letters: Set<string>): Key {
  return { letters, startField: 0, startByte: 0, endField: undefined, endByte: 0 }
}

/** Reads `2.3,4.5nr`. @throws Failure */
export function parseKey(spec: string): Key {
  let rest = spec
  const letters = new Set<string>()
  const number = (what: string): number => {
    const digits = /^\d+/.exec(rest)?.[0]
    if (digits === undefined) throw new Failure(`${what}: invalid count at start of ${quotedArgument(rest)}`)
    rest = rest.slice(digits.length)
    return Number(digits)
  }
  const bad = (what: string) => new Failure(`${what}: invalid field specification ${quotedArgument(spec)}`)
  const takeLetters = (blank: string) => {
    for (; rest !== '' && ORDERING_LETTERS.includes(rest[0]!); rest = rest.slice(1))
      letters.add(rest[0] === 'b' ? blank : rest[0]!)
  }

  const startField = number('invalid number at field start')
  if (startField === 0) throw bad('field number is zero')
  let startByte = 1
  if (rest.startsWith('.')) {
    rest = rest.slice(1)
    startByte = number("invalid number after '.'")
    if (startByte === 0) throw bad('character offset is zero')
  }
  takeLetters('b')
  let endField: number | undefined
  let endByte = 0
  if (rest.startsWith(',')) {
    rest = rest.slice(1)
    endField = number("invalid number after ','")
    if (endField === 0) throw bad('field number is zero')
    if (rest.startsWith('.')) {
      rest = rest.slice(1)
      endByte = number("invalid number after '.'")
    }
    takeLetters('B')
  }
  if (rest !== '') throw bad('stray character in field spec')
  return {
    letters,
    startField: startField - 1,
    startByte: startByte - 1,
    endField: endField === undefined ? undefined : endField - 1,
    endByte,
  }
}

/** @throws Failure for letters that cannot be together */
export function checkLetters({ letters }: Style): void {
  const has = (letter: string) => Number(letters.has(letter))
  const isFiltered = has('V') | has('d') | has('i')
  if (has('n') + has('g') + has('h') + has('M') + isFiltered <= 1) return
  const shown = Array.from('dfghiMnV').filter((letter) => letters.has(letter) && !(letter === 'i' && letters.has('d')))
  throw new Failure(`options '-${shown.join('')}' are incompatible`)
}

/** Makes what takes a key out of a line. `tab` separates fields; without it, the empty places in front of blanks do. */
export function extractor(key: Key, tab: string | undefined): (line: string) => string {
  const { letters, startField, startByte, endField, endByte } = key
  const [skipsStart, skipsEnd] = [letters.has('b'), letters.has('B')]
  return (line) => {
    let start = afterFields(line, startField, tab)
    if (skipsStart) start = afterBlanks(line, start)
    start = Math.min(line.length, start + startByte)
    if (endField === undefined) return line.slice(start)
    if (endByte === 0) return line.slice(start, Math.max(start, endOfField(line, endField, tab)))
    let end = afterFields(line, endField, tab)
    if (skipsEnd) end = afterBlanks(line, end)
    return line.slice(start, Math.max(start, Math.min(line.length, end + endByte)))
  }
}

/** Makes what compares keys. */
export function orderingOf({ letters }: Style): Ordering {
  if (letters.has('n')) return byNumber
  if (letters.has('g')) return byGeneralNumber
  if (letters.has('h')) return byHumanNumber
  const [fold, dictionary, printing] = ['f', 'd', 'i'].map((letter) => letters.has(letter))
  const order = letters.has('M') ? byMonth : letters.has('V') ? byVersion : byBytes
  if (!fold && !dictionary && !printing) return order
  return {
    read(text) {
      let shown = text
      if (dictionary) shown = shown.replace(/[^A-Za-z0-9 \t]+/g, '')
      else if (printing) shown = shown.replace(/[^\x20-\x7e]+/g, '')
      return order.read(fold ? shown.replace(/[a-z]+/g, (part) => part.toUpperCase()) : shown)
    },
    compare: order.compare,
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
  const start = afterFields(line, field, tab)
  return start >= line.length ? line.length : endBefore(line, start, tab)
}

function endBefore(line: string, at: number, tab: string): number {
  const end = line.indexOf(tab, at)
  return end < 0 ? line.length : end
}

function endOfWord(line: string, from: number): number {
  let at = afterBlanks(line, from)
  while (at < line.length && !isBlank(line, at)) at++
  return at
}

function afterBlanks(line: string, from: number): number {
  let at = from
  while (at < line.length && isBlank(line, at)) at++
  return at
}

function isBlank(line: string, at: number): boolean {
  const byte = line[at]
  return byte === ' ' || byte === '\t' || byte === '\n'
}
