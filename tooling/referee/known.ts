import { RENAME_EXCHANGE, SEEK_DATA, SEEK_HOLE } from '../../packages/core/src/index.js'
import { AF_UNIX } from '../../packages/core/src/socket/index.js'
import type { Answer, Program, Step } from './program.js'

/** A place where a kernel answered otherwise than Linux. */
export interface Place {
  readonly kernel: string
  /** What came before. */
  readonly program: Program
  readonly step: Step
  readonly linux: Answer
  readonly ht: Answer
  /** What the kernel answers to another step in the place of this one. */
  instead(step: Step): Answer
}

/** The differences that docs/differences.md gives the reasons of, by their names there. */
const KNOWN: Readonly<Record<string, (place: Place) => boolean>> = {
  // Node has no renameat2.
  'RENAME_EXCHANGE on the host': ({ kernel, step: [, call, , , , , flags] }) =>
    call === 'renameat' && flags === RENAME_EXCHANGE && kernel.startsWith('host'),
  'no SOCK_SEQPACKET': ({ step: [, call, domain, type] }) =>
    (call === 'socket' || call === 'socketpair') && domain === AF_UNIX && ((type as number) & 0xf) === SOCK_SEQPACKET,
  // Node has no lseek.
  'holes of host files': ({ kernel, step: [, call, , , origin] }) =>
    call === 'lseek' && (origin === SEEK_DATA || origin === SEEK_HOLE) && kernel.startsWith('host'),
  // Once much was written, or a pipe was made small.
  'pages of pipes': ({ program, step: [task, call, handle, command], linux, ht, instead }) =>
    program.some(([, before, , , length]) => (before === 'write' && (length as number) >= 4095) || before === 'fcntl') &&
    (call === 'fcntl'
      ? command === F_SETPIPE_SZ && linux === EBUSY
      : (call === 'write' || call === 'writev') &&
        typeof ht === 'number' &&
        (linux === EAGAIN || (linux as number) < ht) &&
        ht > 0) &&
    isPipe(instead([task, 'fstat', handle])),
  'the way up from a removed directory of the host': ({ kernel, step, ht, instead }) =>
    kernel.startsWith('host') && ht === ENOENT && startsOf(step).some((start) => isRemoved(step[0], start, instead)),
  'names of pairs in shared memory': ({ kernel, step: [, call], linux }) =>
    ((call === 'bind' && linux === EADDRINUSE) || (call === 'connect' && linux === EISCONN)) && kernel.endsWith('shared tables'),
}

/** What a call's paths that have `..` begin from: handles, or AT_FDCWD. */
function startsOf(step: Step): number[] {
  const places = step.flatMap((argument, i) => (i > 1 && typeof argument === 'string' && argument.includes('..') ? [i] : []))
  return places.map((i) => (typeof step[i - 1] === 'number' ? (step[i - 1] as number) : AT_FDCWD))
}

function isRemoved(task: number, start: number, instead: Place['instead']): boolean {
  if (start === AT_FDCWD) return instead([task, 'getcwd']) === ENOENT
  // Its mode, and that it has no names any more.
  return /^4\d{4} 0 /.test(String(instead([task, 'fstat', start])))
}

function isPipe(shown: Answer): boolean {
  return /^1\d{4} /.test(String(shown))
}

const AT_FDCWD = -100
const SOCK_SEQPACKET = 5
const F_SETPIPE_SZ = 1031
const ENOENT = -2
const EAGAIN = -11
const EBUSY = -16
const EADDRINUSE = -98
const EISCONN = -106

/** The names of all of them. */
export const KNOWN_NAMES = Object.keys(KNOWN)

/** The name of a difference, if it is one of the known ones. */
export function knownDifference(place: Place): string | undefined {
  return KNOWN_NAMES.find((name) => KNOWN[name]!(place))
}
