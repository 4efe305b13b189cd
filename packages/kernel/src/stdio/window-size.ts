import { EINVAL, ENOTTY } from '../errno.js'

/** Request of a terminal: its rows and columns, and two more numbers, as 16-bit integers in the machine's byte order (ioctl_tty(2)). */
export const TIOCGWINSZ = 0x5413

/** A terminal of the host's, as `node:tty` has it; anything else has no `isTTY`. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined
  readonly rows?: number | undefined
  readonly columns?: number | undefined
}

/** Answers a control request for a stream: its size if it is a terminal, where 0 stands for what it does not know. */
export function controlTerminal(stream: unknown, request: number, argument: Uint8Array): number {
  const { isTTY, rows = 0, columns = 0 } = Object(stream) as MaybeTerminal
  if (request !== TIOCGWINSZ || isTTY !== true) return -ENOTTY
  if (argument.length < 8) return -EINVAL
  argument.set(new Uint8Array(Uint16Array.of(rows, columns, 0, 0).buffer))
  return 0
}
