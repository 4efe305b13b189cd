import { isHandleError, type Handle } from '@ht/core'
import { AF_INET, AF_INET6, AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '@ht/core/socket'
import { fromText, toText } from '../../libc/byte-string.js'
import { parseReal } from '../../libc/real.js'
import { defineCommand, type Command } from '../command.js'
import { Failure, UsageError } from '../failure.js'
import { exchange, type ExchangeOptions } from './exchange.js'

/** Connects over TCP or a local socket, or listens, and copies both ways (netcat of OpenBSD, nc(1)). */
export const nc = defineCommand({
  name: 'nc',
  usage: '[OPTION]... [HOST] PORT, or -U [OPTION]... NAME',
  help: `Connects to HOST over TCP, or listens, and copies standard input there and what comes from there to standard output.
  -d          do not read standard input
  -k          with -l, go on listening after a connection has ended
  -l          listen for a connection
  -N          end sending when standard input has ended
  -p PORT     with -l, the port
  -q SECONDS  like -N, and leave SECONDS after the end of standard input
  -U          use a local socket, by its name
  -v          say what happens
  -w SECONDS  give up if connecting takes longer, or nothing is sent for as long
  -z          only say whether there is a listener
`,
  async run(command) {
    const { options, task } = command
    if (options.has('l') && options.has('z')) throw new Failure('cannot use -z and -l')
    if (options.has('k') && !options.has('l')) throw new Failure('must use -l with -k')
    const quitMs = millisecondsOf(command, 'q')
    const how: ExchangeOptions = {
      listens: options.has('l'),
      reads: !options.has('d') && !options.has('z'),
      shutsDown: options.has('N') || quitMs !== undefined,
      quitMs,
      idleMs: millisecondsOf(command, 'w'),
    }
    const place = placeOf(command)
    task.onSignal('PIPE', 'ignore')
    return how.listens ? listen(command, place, how) : connect(command, place, how)
  },
})

/** Where it connects to, or listens; a local socket has no port. */
interface Place {
  readonly host: string
  readonly port: string | undefined
}

async function connect(command: Command, place: Place, how: ExchangeOptions): Promise<number> {
  const { task, options } = command
  const { host, port } = place
  const socket = await connected(command, place, how)
  if (socket === undefined) return 1
  try {
    const address = port === undefined ? host : shownAddress(task.getpeername(socket)).split(' ')[0]!
    const shown = address === host ? host : `${host} (${address})`
    if (options.has('v'))
      await command.say(`Connection to ${shown}${port === undefined ? '' : ` ${port} port [tcp/*]`} succeeded!\n`)
    if (!options.has('z')) await exchange(task, socket, how)
    return 0
  } finally {
    task.closeErrno(socket)
  }
}

/** A socket that is connected; undefined if that failed, which is reported with -v. */
async function connected(command: Command, { host, port }: Place, { idleMs }: ExchangeOptions): Promise<Handle | undefined> {
  const { task, options } = command
  const isName = port !== undefined && !/^[\d.]+$/.test(host) && !host.includes(':')
  // A name may have addresses of both families.
  const domains = port === undefined ? [AF_UNIX] : isName ? [AF_INET, AF_INET6] : [host.includes(':') ? AF_INET6 : AF_INET]
  let isKnown = !isName
  for (const domain of domains) {
    const socket = task.socket(domain, SOCK_STREAM | SOCK_CLOEXEC)
    try {
      await task.connectAsync(socket, addressOf({ host, port }), idleMs === undefined ? {} : { timeoutMs: idleMs })
      return socket
    } catch (error) {
      task.closeErrno(socket)
      const why = command.why(error)
      if (isName && isHandleError(error) && error.code === 'EHOSTUNREACH') continue
      isKnown = true
      if (port === undefined) await command.complain(`${host}: ${why}`)
      else if (options.has('v')) await command.complain(`connect to ${host} port ${port} (tcp) failed: ${why}`)
    }
  }
  if (!isKnown) throw new Failure(`getaddrinfo for host "${host}" port ${port ?? ''}: Name or service not known`)
  return undefined
}

async function listen(command: Command, place: Place, how: ExchangeOptions): Promise<number> {
  const { task, options } = command
  const domain = place.port === undefined ? AF_UNIX : place.host.includes(':') ? AF_INET6 : AF_INET
  const listener = task.socket(domain, SOCK_STREAM | SOCK_CLOEXEC)
  try {
    try {
      task.bind(listener, addressOf(place))
      await task.listenAsync(listener, options.has('k') ? 128 : 1)
    } catch (error) {
      throw new Failure(command.why(error))
    }
    if (options.has('v')) await command.say(`Listening on ${shownAddress(task.getsockname(listener))}\n`)
    do {
      const connection = await task.accept4Async(listener, SOCK_CLOEXEC)
      try {
        const peer = place.port === undefined ? place.host : shownAddress(task.getpeername(connection))
        if (options.has('v')) await command.say(`Connection received on ${peer}\n`)
        await exchange(task, connection, how)
      } finally {
        task.closeErrno(connection)
      }
    } while (options.has('k'))
    return 0
  } finally {
    task.closeErrno(listener)
  }
}

/** @throws Failure */
function placeOf({ operands, options }: Command): Place {
  const [first, second, ...rest] = operands
  if (rest.length > 0) throw new UsageError('too many operands')
  if (options.has('U')) {
    if (second !== undefined) throw new Failure('cannot use port with -U')
    if (first === undefined) throw new UsageError('missing operand')
    return { host: first, port: undefined }
  }
  // A single operand is the port of a listener, unless that was given apart.
  const given = options.value('p')
  const isPort = options.has('l') && second === undefined && given === undefined
  const [host = '0.0.0.0', port] = isPort ? [undefined, first] : [first, second ?? given]
  if (first === undefined && !options.has('l')) throw new UsageError('missing operand')
  if (port === undefined) throw new Failure('missing port number')
  if (!/^\d+$/.test(port)) throw new Failure(`port number invalid: ${port}`)
  if (Number(port) > 65_535) throw new Failure(`port number too large: ${port}`)
  // Port 0 is any that is free, to listen at.
  if (Number(port) === 0 && !options.has('l')) throw new Failure(`port number too small: ${port}`)
  return { host, port }
}

/** An address in the form that sockets take. */
function addressOf({ host, port }: Place): string {
  return toText(port === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`)
}

/** Host and port of a socket's address, as they are shown. */
function shownAddress(address: string): string {
  return fromText(address).replace(/^\[?(.*?)\]?:(\d+)$/, '$1 $2')
}

/** Milliseconds of an option's seconds; negative ones of `-q` are none. */
function millisecondsOf({ options }: Command, letter: 'q' | 'w'): number | undefined {
  const value = options.value(letter)
  if (value === undefined) return undefined
  const seconds = parseReal(value)
  if (seconds === undefined || Number.isNaN(seconds))
    throw new Failure(`${letter === 'w' ? 'timeout' : 'quit timer'} invalid: ${value}`)
  if (letter === 'w' && seconds < 0) throw new Failure(`timeout too small: ${value}`)
  return seconds < 0 ? undefined : seconds * 1000
}
