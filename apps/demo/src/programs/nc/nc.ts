import { isHandleError, type Handle } from '@ht/core'
import { AF_INET, AF_INET6, AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '@ht/core/socket'
import { fromText, toText } from '../../libc/byte-string.js'
import { defineCommand, type Command } from '../command.js'
import { Failure } from '../failure.js'
import { shownAddress, type Target } from './address.js'
import { exchange } from './exchange.js'
import { HELP, OPTIONS, readSettings, type Settings } from './options.js'
import type { Task } from '@ht/kernel'

const USAGE = '[-46dklNnUvz] [-p PORT] [-q SECONDS] [-s ADDRESS] [-w SECONDS] [HOST] [PORT]'

/** Connects to somebody over TCP or a local socket, or listens, and copies both ways (netcat of OpenBSD, nc(1)). */
export const nc = defineCommand({
  name: 'nc',
  usage: USAGE,
  help: HELP,
  options: OPTIONS,
  usageHint: `usage: nc ${USAGE}\n`,
  async run(command) {
    const settings = readSettings(command)
    command.task.onSignal('PIPE', 'ignore')
    return settings.listens ? listen(command, settings) : connect(command, settings)
  },
})

type Run = Command<typeof OPTIONS>

async function connect(command: Run, settings: Settings): Promise<number> {
  const { task } = command
  let status = 1
  for (const target of settings.targets) {
    const socket = await connected(command, target, settings)
    if (socket === undefined) continue
    status = 0
    try {
      if (settings.verbose) await command.say(`Connection to ${reached(task, socket, target, settings)} succeeded!\n`)
      if (!settings.scans) await exchange(task, socket, settings)
    } finally {
      task.closeErrno(socket)
    }
  }
  return status
}

/** A socket that is connected; undefined where that failed, which is said if it is to be. */
async function connected(command: Run, target: Target, settings: Settings): Promise<Handle | undefined> {
  const { task } = command
  const { host, port, addresses, isName } = target
  let unknown = 0
  for (const [i, address] of addresses.entries()) {
    const socket = task.socket(domainOf(address, settings, i), SOCK_STREAM | SOCK_CLOEXEC)
    try {
      if (settings.from !== undefined) task.bind(socket, settings.from)
      await task.connectAsync(
        socket,
        toText(address),
        settings.idleMs === undefined ? {} : { timeoutMs: settings.idleMs },
      )
      return socket
    } catch (error) {
      task.closeErrno(socket)
      const why = command.why(error)
      // A name without an address of this family.
      if (isName && isHandleError(error) && error.code === 'EHOSTUNREACH') unknown++
      else if (settings.local) await command.complain(`${host}: ${why}`)
      else if (settings.verbose) await command.complain(`connect to ${host} port ${port} (tcp) failed: ${why}`)
    }
  }
  if (unknown === addresses.length)
    throw new Failure(`getaddrinfo for host "${host}" port ${port}: Name or service not known`)
  return undefined
}

/** What a connection goes to, as it is shown: of a name the address too. */
function reached(task: Task, socket: Handle, { host, port, isName }: Target, { local }: Settings): string {
  if (local) return host
  const [address = ''] = shownAddress(fromText(task.getpeername(socket))).split(' ')
  return `${host}${isName ? ` (${address})` : ''} ${port} port [tcp/*]`
}

async function listen(command: Run, settings: Settings): Promise<number> {
  const { task } = command
  const [target] = settings.targets
  const listener = await listening(command, target!, settings)
  try {
    if (settings.verbose) await command.say(`Listening on ${shownAddress(fromText(task.getsockname(listener)))}\n`)
    do {
      const connection = await task.accept4Async(listener, SOCK_CLOEXEC)
      try {
        const peer = settings.local ? target!.host : shownAddress(fromText(task.getpeername(connection)))
        if (settings.verbose) await command.say(`Connection received on ${peer}\n`)
        await exchange(task, connection, settings)
      } finally {
        task.closeErrno(connection)
      }
    } while (settings.goesOn)
    return 0
  } finally {
    task.closeErrno(listener)
  }
}

async function listening(command: Run, { addresses: [address = ''] }: Target, settings: Settings): Promise<Handle> {
  const { task } = command
  const socket = task.socket(domainOf(address, settings, 0), SOCK_STREAM | SOCK_CLOEXEC)
  try {
    task.bind(socket, toText(address))
    await task.listenAsync(socket, settings.goesOn ? 128 : 1)
    return socket
  } catch (error) {
    task.closeErrno(socket)
    throw new Failure(command.why(error))
  }
}

function domainOf(address: string, { local }: Settings, attempt: number): number {
  if (local) return AF_UNIX
  return address.startsWith('[') || attempt === 1 ? AF_INET6 : AF_INET
}
