import {
  errorFrom,
  O_ACCMODE,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_SYNC,
  O_TRUNC,
} from '@ht/core'
import { AT_FDCWD } from '../calls/forms.js'
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
  const shown = args.filter((arg) => arg !== undefined).map((arg, i) => showArgument(name, arg, i, filled))
  return `${who} ${name}(${shown.join(', ')}) = ${showResult(result)}`
}

/** Calls whose buffer holds something only when they have returned. */
const FILLING = new Set(['read', 'readv', 'pread', 'getdents', 'stat', 'lstat', 'fstat', 'fstatat'])

const OPEN_FLAGS: readonly (readonly [string, number])[] = [
  ['O_CREAT', O_CREAT],
  ['O_EXCL', O_EXCL],
  ['O_TRUNC', O_TRUNC],
  ['O_APPEND', O_APPEND],
  ['O_NONBLOCK', O_NONBLOCK],
  ['O_DIRECTORY', O_DIRECTORY],
  ['O_NOFOLLOW', O_NOFOLLOW],
  ['O_CLOEXEC', O_CLOEXEC],
  ['O_SYNC', O_SYNC],
]

function showArgument(name: string, arg: unknown, index: number, filled: number): string {
  if (typeof arg === 'number') {
    if (arg === AT_FDCWD) return 'AT_FDCWD'
    if ((name === 'open' && index === 1) || (name === 'openat' && index === 2)) {
      return [['O_RDONLY', 'O_WRONLY', 'O_RDWR'][arg & O_ACCMODE] ?? '3', ...flags(arg & ~O_ACCMODE)].join('|')
    }
    if (name === 'pipe2' || (name === 'dup3' && index === 2)) return flags(arg).join('|') || '0'
    if (MODES[name] === index) return `0${arg.toString(8)}`
  }
  return show(arg, filled)
}

/** Which argument of a call holds permission bits. */
const MODES: Readonly<Record<string, number>> = { open: 2, openat: 3, mkdir: 1, mkdirat: 2, chmod: 1, fchmod: 1, fchmodat: 2, umask: 0 }

function flags(bits: number): string[] {
  const names: string[] = []
  for (const [name, flag] of OPEN_FLAGS) {
    if ((bits & flag) !== flag) continue
    names.push(name)
    bits &= ~flag
  }
  return bits === 0 ? names : [...names, `0x${bits.toString(16)}`]
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
  // A copy, because a decoder refuses bytes in shared memory.
  const text = new TextDecoder().decode(bytes.slice(0, SHOWN))
  return `${JSON.stringify(text)}${bytes.length > SHOWN ? '...' : ''}`
}

function showResult(result: unknown): string {
  if (typeof result !== 'number' || result >= 0) return show(result)
  const { code, message } = errorFrom(result)
  return `-1 ${code} (${message.slice(code.length + 2)})`
}
