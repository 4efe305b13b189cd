import {
  isHandleError,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  type Stat,
} from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { isTerminal } from '../../libc/window.js'
import { isName } from '../variables.js'
import { numberOf } from './numbers.js'
import type { Builtin } from './builtin.js'
import type { Interpreter } from '../interpreter.js'

/** Whether an expression is true: 0, or 1; 2 with a message if it is none (test(1)). */
export const test: Builtin = (shell, args) => evaluate(shell, 'test', args)

/** {@link test} whose last argument is `]`. */
export const bracket: Builtin = async (shell, args) => {
  if (args.at(-1) === ']') return evaluate(shell, '[', args.slice(0, -1))
  await shell.complain("[: missing `]'")
  return 2
}

async function evaluate(shell: Interpreter, name: string, args: readonly string[]): Promise<number> {
  try {
    return valueOf(shell, args) ? 0 : 1
  } catch (error) {
    if (!(error instanceof BadExpression)) throw error
    await shell.complain(`${name}: ${error.message}`)
    return 2
  }
}

class BadExpression extends Error {}

/** The value of an expression, which means what the number of its arguments says (POSIX, test). @throws BadExpression */
function valueOf(shell: Interpreter, args: readonly string[]): boolean {
  const [a = '', b = '', c = ''] = args
  switch (args.length) {
    case 0:
      return false
    case 1:
      return a !== ''
    case 2:
      if (a === '!') return b === ''
      if (Object.hasOwn(UNARY, a)) return UNARY[a]!(shell, b)
      throw new BadExpression(`${a}: unary operator expected`)
    case 3:
      if (isBinary(b)) return binary(shell, a, b, c)
      if (b === '-a') return a !== '' && c !== ''
      if (b === '-o') return a !== '' || c !== ''
      if (a === '!') return !valueOf(shell, [b, c])
      if (a === '(' && c === ')') return b !== ''
      throw new BadExpression(`${b}: binary operator expected`)
    case 4:
      if (a === '!') return !valueOf(shell, args.slice(1))
      if (a === '(' && args[3] === ')') return valueOf(shell, [b, c])
  }
  for (const operator of ['-o', '-a']) {
    const at = args.indexOf(operator, 1)
    if (at < 0) continue
    const [left, right] = [args.slice(0, at), args.slice(at + 1)].map((part) => valueOf(shell, part))
    return operator === '-o' ? left! || right! : left! && right!
  }
  throw new BadExpression('too many arguments')
}

function binary(shell: Interpreter, a: string, operator: string, b: string): boolean {
  if (Object.hasOwn(STRINGS, operator)) return STRINGS[operator]!(a, b)
  if (Object.hasOwn(NUMBERS, operator)) return NUMBERS[operator]!(number(a), number(b))
  const [x, y] = [statOf(shell, a), statOf(shell, b)]
  if (operator === '-ef') return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino
  const [newer, older] = operator === '-nt' ? [x, y] : [y, x]
  return newer !== undefined && (older === undefined || newer.mtimeMs > older.mtimeMs)
}

type Unary = (shell: Interpreter, operand: string) => boolean

const ofType =
  (type: number): Unary =>
  (shell, path) =>
    ((statOf(shell, path)?.mode ?? 0) & S_IFMT) === type
const withBit =
  (bit: number): Unary =>
  (shell, path) =>
    ((statOf(shell, path)?.mode ?? 0) & bit) !== 0
const isThere: Unary = (shell, path) => statOf(shell, path) !== undefined
const isLink: Unary = (shell, path) => typeof shell.task.readlinkErrno(toText(path)) === 'string'

const UNARY: Readonly<Record<string, Unary>> = {
  '-a': isThere,
  '-b': ofType(S_IFBLK),
  '-c': ofType(S_IFCHR),
  '-d': ofType(S_IFDIR),
  '-e': isThere,
  '-f': ofType(S_IFREG),
  '-g': withBit(0o2000),
  '-h': isLink,
  '-k': withBit(0o1000),
  '-L': isLink,
  '-n': (_, text) => text !== '',
  '-p': ofType(S_IFIFO),
  '-r': (shell, path) => isOpenable(shell, path, O_RDONLY, 0o444),
  '-s': (shell, path) => (statOf(shell, path)?.size ?? 0) > 0,
  '-S': ofType(S_IFSOCK),
  '-t': (shell, text) => isTerminal(shell.task, Number(numberOf(text) ?? -1)),
  '-u': withBit(0o4000),
  '-v': ({ variables }, name) => isName(name) && variables.get(name) !== undefined,
  '-w': (shell, path) => isOpenable(shell, path, O_WRONLY, 0o222),
  '-x': (shell, path) => {
    const mode = statOf(shell, path)?.mode ?? 0
    return (mode & S_IFMT) === S_IFDIR ? statOf(shell, `${path}/.`) !== undefined : (mode & 0o111) !== 0
  },
  '-z': (_, text) => text === '',
}

const STRINGS: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
}

const NUMBERS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
}

function isBinary(word: string): boolean {
  return Object.hasOwn(STRINGS, word) || Object.hasOwn(NUMBERS, word) || /^-(?:nt|ot|ef)$/.test(word)
}

/** @throws BadExpression */
function number(text: string): bigint {
  const value = numberOf(text)
  if (value === undefined) throw new BadExpression(`${text}: integer expression expected`)
  return value
}

function statOf({ task }: Interpreter, path: string): Stat | undefined {
  try {
    return task.stat(toText(path))
  } catch (error) {
    if (!isHandleError(error)) throw error
    return undefined
  }
}

/** Whether a file could be opened, which tells of a regular one, or of a directory to read; of others their mode does. */
function isOpenable(shell: Interpreter, path: string, flags: number, bits: number): boolean {
  const mode = statOf(shell, path)?.mode ?? 0
  const type = mode & S_IFMT
  if (type !== S_IFREG && !(type === S_IFDIR && flags === O_RDONLY)) return (mode & bits) !== 0
  const file = shell.task.openErrno(toText(path), flags | O_NONBLOCK)
  if (file >= 0) shell.task.closeErrno(file)
  return file >= 0
}
