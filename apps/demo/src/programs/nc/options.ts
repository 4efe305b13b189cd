import { Failure, UsageError } from '../failure.js'
import { parseReal } from '../number.js'
import { addressesOf, portsOf, type Target } from './address.js'
import type { Command } from '../command.js'

export const OPTIONS = {
  4: '4',
  6: '6',
  d: 'd',
  k: 'k',
  l: 'l',
  N: 'N',
  n: 'n',
  p: 'p:',
  q: 'q:',
  s: 's:',
  U: 'U',
  v: 'v',
  w: 'w:',
  z: 'z',
} as const

export const HELP = `Connects to HOST over TCP, or listens, and copies standard input there and what comes from there to standard output.
  -4, -6      only IPv4, only IPv6
  -d          do not read standard input
  -k          with -l, go on listening after a connection has ended
  -l          listen for a connection
  -N          end sending when standard input has ended
  -n          take no host names
  -p PORT     the port of its own
  -q SECONDS  like -N, and leave SECONDS after the end of standard input
  -s ADDRESS  the address of its own
  -U          a local socket instead, by its name
  -v          say what happens
  -w SECONDS  give up when connecting takes longer, or nothing is sent for so long
  -z          only say whether somebody listens
PORT may be a range, 20-30, to connect to each.
`

/** What nc is asked for. */
export interface Settings {
  readonly listens: boolean
  readonly goesOn: boolean
  readonly local: boolean
  readonly scans: boolean
  readonly verbose: boolean
  /** Whether standard input is read. */
  readonly reads: boolean
  /** Whether sending ends with standard input, and for how long it then waits for the other side. */
  readonly shutsDown: boolean
  readonly quitMs: number | undefined
  readonly idleMs: number | undefined
  /** Where it connects to, or listens. */
  readonly targets: readonly Target[]
  /** Its own address, if it is to have one. */
  readonly from: string | undefined
}

export function readSettings(command: Command<typeof OPTIONS>): Settings {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  for (const { name, value, hasValue } of command.options) {
    flags.add(name)
    if (hasValue) values.set(name, value)
  }
  const has = (letter: string) => flags.has(letter)
  const seconds = (letter: string) => secondsOf(values.get(letter), letter)
  if (has('l') && has('z')) throw new Failure('cannot use -z and -l')
  if (has('k') && !has('l')) throw new Failure('must use -l with -k')
  const quitMs = seconds('q')
  const where = { listens: has('l'), local: has('U'), port: values.get('p'), address: values.get('s') }
  const places = placesOf(command.operands, where)
  return {
    listens: has('l'),
    goesOn: has('k'),
    local: has('U'),
    scans: has('z'),
    verbose: has('v'),
    reads: !has('d') && !has('z'),
    shutsDown: has('N') || quitMs !== undefined,
    quitMs,
    idleMs: seconds('w'),
    targets: has('U')
      ? [{ host: places.host, port: '', addresses: [places.host], isName: false }]
      : portsOf(places.port, has('l')).map((port) =>
          addressesOf(places.host, port, { four: has('4'), six: has('6'), numeric: has('n') }),
        ),
    from: has('U') || has('l') ? undefined : ownAddress(where),
  }
}

/** What options say of where it listens, or connects from. */
interface Where {
  readonly listens: boolean
  readonly local: boolean
  readonly port: string | undefined
  readonly address: string | undefined
}

function ownAddress({ address, port }: Where): string | undefined {
  return (address ?? port) === undefined ? undefined : `${address ?? '0.0.0.0'}:${port ?? '0'}`
}

/** Host and port, whichever way they are given. */
function placesOf(
  operands: readonly string[],
  { listens, local, port, address }: Where,
): { host: string; port: string } {
  const [first, second, ...rest] = operands
  if (rest.length > 0) throw new UsageError('')
  if (local) {
    if (first === undefined) throw new UsageError('')
    if (second !== undefined) throw new Failure('cannot use port with -U')
    return { host: first, port: '' }
  }
  if (listens) {
    if (second !== undefined && port !== undefined) throw new UsageError('')
    // A single operand is the port, unless that was given apart.
    const [host, at] = port !== undefined ? [first, port] : second !== undefined ? [first, second] : [undefined, first]
    if (at === undefined) throw new Failure('missing port number')
    return { host: host ?? address ?? '', port: at }
  }
  if (first === undefined) throw new UsageError('')
  if (second === undefined) throw new Failure('missing port number')
  return { host: first, port: second }
}

/** Milliseconds of an option's seconds; negative ones of `-q` are none. */
function secondsOf(value: string | undefined, letter: string): number | undefined {
  if (value === undefined) return undefined
  const seconds = parseReal(value)
  if (seconds === undefined || Number.isNaN(seconds))
    throw new Failure(`${letter === 'w' ? 'timeout' : 'quit timer'} invalid: ${value}`)
  if (letter === 'w' && seconds < 0) throw new Failure(`timeout too small: ${value}`)
  return seconds < 0 ? undefined : seconds * 1000
}
