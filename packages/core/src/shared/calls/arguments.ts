import { HandleError } from '../../errors/handle-error.js'
import { checkBytes, invalid } from '../../errors/check.js'
import { isView } from '../../object/brand.js'
import { openObjectOf, Reference } from '../../object/reference.js'
import { admitPrivate, HomedObject, type HomeMemory } from '../objects/homed-object.js'
import { REFERENCE } from '../words/layout.js'
import { objectAt } from '../objects/object-at.js'
import { SharedObject, tryRetain } from '../objects/shared-object.js'
import { damaged } from '../words/damage.js'
import { bytesOf } from '../words/pages.js'
import { START } from './block.js'
import { readText, TEXT_UNIT, writeText } from './text.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { MethodSignature, ParameterKind } from '../../kind/capability.js'

/*
 * Arguments stand one behind the other, each at a multiple of 8 bytes: an integer as a double (one that was left out
 * as NaN); a text as its length and its UTF-16 units; bytes as their length, how many bytes of filling come before
 * them, and themselves; an object as its record and its number.
 */

/** Objects among the arguments, each held for the length of the call, by their places. */
export type HeldArguments = readonly (SharedObject | undefined)[]

/**
 * Holds the objects among the arguments of a call; a private one has a record from then on.
 *
 * @throws EINVAL for an argument that is none, or an object of another memory; EBADF; ENOMEM. Then nothing is held
 */
export function holdArguments(
  memory: HomeMemory,
  { parameters }: MethodSignature,
  args: readonly unknown[],
  name: string,
): HeldArguments {
  const kinds = parameters as readonly ParameterKind[]
  if (!kinds.includes('object')) return []
  const held: (SharedObject | undefined)[] = []
  try {
    kinds.forEach((kind, i) => {
      held.push(kind === 'object' ? hold(memory, args[i], i, name) : undefined)
    })
    return held
  } catch (error) {
    releaseArguments(held)
    throw error
  }
}

/** Ends what {@link holdArguments} began. */
export function releaseArguments(held: HeldArguments): void {
  for (const open of held) {
    try {
      open?.count(0, -1)
    } catch {
      // What its release throws is dropped: the call has its own answer.
    }
  }
}

/** How many bytes a block needs for a call with these arguments. @throws EINVAL for one of the wrong sort */
export function sizeOf({ parameters }: MethodSignature, args: readonly unknown[], name: string): number {
  let size = START
  const kinds = parameters as readonly ParameterKind[]
  for (let i = 0; i < kinds.length; i++) {
    const value = args[i]
    switch (kinds[i]) {
      case 'int':
      case 'int?':
        if (value !== undefined && typeof value !== 'number') throw invalid(argumentName(i), 'an integer', value, name)
        size += 8
        break
      case 'string':
        if (typeof value !== 'string') throw invalid(argumentName(i), 'a text', value, name)
        size += 8 + up(value.length * TEXT_UNIT)
        break
      case 'object':
        size += 8
        break
      default:
        size += 16 + up(checkBytes(value, argumentName(i), name).length)
    }
  }
  return size
}

/** Writes the arguments into a block that has room for them. */
export function writeArguments(
  memory: HomeMemory,
  block: number,
  { parameters }: MethodSignature,
  args: readonly unknown[],
  held: HeldArguments,
): void {
  const { words, bytes, doubles } = memory
  let at = block * 4 + START
  const kinds = parameters as readonly ParameterKind[]
  for (let i = 0; i < kinds.length; i++) {
    switch (kinds[i]) {
      case 'int':
      case 'int?':
        doubles[at >> 3] = (args[i] as number | undefined) ?? NaN
        at += 8
        break
      case 'string':
        words[at >> 2] = (args[i] as string).length
        writeText(memory, at + 8, args[i] as string)
        at += 8 + up((args[i] as string).length * TEXT_UNIT)
        break
      case 'object':
        words[at >> 2] = (held[i] as SharedObject).record
        words[(at >> 2) + 1] = (held[i] as SharedObject).identity
        at += 8
        break
      default: {
        const value = args[i] as Uint8Array
        // Copies are several times as fast where source and target agree modulo 8.
        const filling = value.byteOffset & 7
        words[at >> 2] = value.length
        words[(at >> 2) + 1] = filling
        // What a method leaves as it was must be that when it comes back.
        bytes.set(value, at + 8 + filling)
        at += 16 + up(value.length)
      }
    }
  }
}

/** The arguments of a call, as the method takes them, and where in the block there is room behind them. */
export interface Received {
  readonly args: unknown[]
  readonly end: number
}

/**
 * Reads the arguments. Bytes are views of the block. Objects are references; each is added to `taken`, and is over
 * when the call is.
 *
 * @throws EBADF for an object that has gone
 */
export function readArguments(memory: HomeMemory, block: number, { parameters }: MethodSignature, taken: Reference[]): Received {
  const { words, bytes, doubles } = memory
  const end = block * 4 + bytesOf(memory, block)
  const args: unknown[] = []
  let at = block * 4 + START
  for (const kind of parameters as readonly ParameterKind[]) {
    const word = words[at >> 2]!
    switch (kind) {
      case 'int':
      case 'int?': {
        const value = doubles[at >> 3]!
        args.push(Number.isNaN(value) ? undefined : value)
        at += 8
        break
      }
      case 'string':
        checkInside(at + 8, word * TEXT_UNIT, end)
        args.push(readText(memory, at + 8, word))
        at += 8 + up(word * TEXT_UNIT)
        break
      case 'object': {
        const reference = referenceTo(memory, word, words[(at >> 2) + 1]!)
        taken.push(reference)
        args.push(reference)
        at += 8
        break
      }
      default: {
        const start = at + 8 + words[(at >> 2) + 1]!
        checkInside(start, word, end)
        args.push(bytes.subarray(start, start + word))
        at += 16 + up(word)
      }
    }
  }
  return { args, end: at - block * 4 }
}

/**
 * Copies what a method has filled back to the caller's bytes. A positive answer that is smaller than the first `out`
 * is how much of it is filled; an errno says that nothing is. All else comes back whole.
 */
export function copyBack(
  memory: HomeMemory,
  block: number,
  { parameters }: MethodSignature,
  args: readonly unknown[],
  answer: unknown,
): void {
  const { words, bytes } = memory
  let at = block * 4 + START
  let isFirst = true
  const kinds = parameters as readonly ParameterKind[]
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i]!
    if (kind === 'int' || kind === 'int?' || kind === 'object') at += 8
    else if (kind === 'string') at += 8 + up(words[at >> 2]! * TEXT_UNIT)
    else {
      const length = words[at >> 2]!
      const start = at + 8 + words[(at >> 2) + 1]!
      let filled = kind === 'in' ? 0 : length
      if (kind === 'out' && typeof answer === 'number') {
        if (answer < 0) filled = 0
        else if (isFirst && answer > 0 && answer < length) filled = answer
      }
      if (kind === 'out') isFirst = false
      if (filled > 0) (args[i] as Uint8Array).set(bytes.subarray(start, start + filled))
      at += 16 + up(length)
    }
  }
}

function hold(memory: HomeMemory, value: unknown, index: number, name: string): SharedObject {
  if (!isView(value)) throw invalid(argumentName(index), 'a KernelObject', value, name)
  const open = openObjectOf(value as KernelObject)
  if (open instanceof SharedObject) {
    if (open.memory.words.buffer !== memory.words.buffer) {
      throw new HandleError('EINVAL', { text: `${argumentName(index)} lives in another shared memory`, syscall: name })
    }
    open.count(0, 1)
    return open
  }
  open.count(0, 1)
  try {
    return admitPrivate(memory, open, false)
  } catch (error) {
    open.count(0, -1)
    throw error
  }
}

/** A reference of this thread's to an object that the caller holds. To its kind, one that is at home here is what it was. */
function referenceTo(memory: HomeMemory, record: number, identity: number): Reference {
  if (!tryRetain(memory, record, REFERENCE)) throw new HandleError('EBADF')
  const open = objectAt(memory, record)
  if (open.identity !== identity) {
    open.count(0, -1)
    throw new HandleError('EBADF')
  }
  if (!(open instanceof HomedObject)) return new Reference(open, false)
  open.private.count(0, 1)
  open.count(0, -1)
  return new Reference(open.private, false)
}

/** @throws EIO for an argument that is not in its block */
function checkInside(start: number, length: number, end: number): void {
  if (length < 0 || start + length > end) throw damaged('an argument of a call has no length that could be')
}

function up(bytes: number): number {
  return (bytes + 7) & ~7
}

function argumentName(index: number): string {
  return `argument ${String(index + 1)}`
}
