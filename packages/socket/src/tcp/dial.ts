import { lookup } from 'node:dns'
import { Socket } from 'node:net'
import { destination, type Address, type Target } from './address.js'
import { EACCES, EHOSTUNREACH, errnoOfFailure } from './errno.js'
import { permits, type Allow } from './permission.js'

/** What is dialled, and from where. */
export interface Call {
  readonly family: 4 | 6
  readonly target: Target
  /** The address of its own that the socket was bound to. */
  readonly local: Address | undefined
  readonly allow: Allow | undefined
}

/**
 * Connects to the first address that answers, of one or of those that a name has. `done` gets the host's socket, or
 * why the last of them failed; the name that has none is EHOSTUNREACH. Gives a function that ends the attempt: `done`
 * is not called then.
 *
 * Each address is asked about before it is connected to, and what was asked about is what is connected to: a name
 * that points elsewhere a moment later leads nowhere else.
 */
export function dial(call: Call, done: (outcome: Socket | number) => void): () => void {
  let abandoned = false
  let current: Socket | undefined

  const attempt = ([address, ...others]: readonly Address[], failure: number) => {
    if (abandoned) return
    if (address === undefined) {
      done(failure)
      return
    }
    const socket = (current = openSocket(address, call.local))
    const failed = (error: unknown) => {
      attempt(others, errnoOfFailure(error))
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      current = undefined
      done(socket)
    })
  }

  const { family, host, port } = call.target
  if (family !== 0) {
    attempt([call.target], 0)
  } else {
    lookup(host, { family: call.family, all: true }, (error, found) => {
      const addresses = error === null ? found.map((it) => destination({ family: call.family, host: it.address, port })) : []
      const allowed = addresses.filter((it) => permits(call.allow, 'connect', it))
      attempt(allowed, addresses.length === 0 ? EHOSTUNREACH : EACCES)
    })
  }

  return () => {
    abandoned = true
    current?.destroy()
  }
}

function openSocket({ family, host, port }: Address, local: Address | undefined): Socket {
  const socket = new Socket({ allowHalfOpen: true })
  return socket.connect({
    host,
    port,
    family,
    autoSelectFamily: false,
    ...(local === undefined ? {} : { localAddress: local.host, localPort: local.port }),
  })
}
