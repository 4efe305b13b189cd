import { Failure } from '../failure.js'

/** Where is connected to or listened at. */
export interface Target {
  readonly host: string
  readonly port: string
  /** In the form that sockets take; several where a name may have addresses of several families. */
  readonly addresses: readonly string[]
  readonly isName: boolean
}

/** The ports of `80` or, where one connects, of `20-30`. @throws Failure */
export function portsOf(text: string, listens: boolean): string[] {
  const [low = '', high = low, ...rest] = listens ? [text] : text.split('-')
  const [from, to] = [portOf(low, listens), portOf(high, listens)]
  if (rest.length > 0) throw new Failure(`port number invalid: ${text}`)
  const [first, last] = from <= to ? [from, to] : [to, from]
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i))
}

/** Port 0 is any that is free, to listen at. */
function portOf(text: string, listens: boolean): number {
  if (/^-\d+$/.test(text) || (!listens && /^0+$/.test(text))) throw new Failure(`port number too small: ${text}`)
  if (!/^\d+$/.test(text)) throw new Failure(`port number invalid: ${text}`)
  if (Number(text) > 65_535) throw new Failure(`port number too large: ${text}`)
  return Number(text)
}

/** What a host may be reached at. An empty one is any of this machine's own. */
export function addressesOf(
  host: string,
  port: string,
  { four, six, numeric }: { four: boolean; six: boolean; numeric: boolean },
): Target {
  const isSix = host.includes(':')
  const isName = !isSix && !IPV4.test(host) && host !== ''
  const unknown = (why: string) => new Failure(`getaddrinfo for host "${host}" port ${port}: ${why}`)
  if (isName && numeric) throw unknown('Name or service not known')
  if ((isSix && four) || (!isSix && !isName && host !== '' && six)) throw unknown('Address family for hostname not supported')
  if (isSix) return { host, port, addresses: [`[${host}]:${port}`], isName }
  if (host === '')
    return { host: six ? '::' : '0.0.0.0', port, addresses: [six ? `[::]:${port}` : `0.0.0.0:${port}`], isName }
  const address = `${host}:${port}`
  // A name is looked up once for each family.
  return { host, port, addresses: isName && !four && !six ? [address, address] : [address], isName }
}

/** Host and port of a socket's address, as they are shown. */
export function shownAddress(address: string): string {
  return address.replace(/^\[?(.*?)\]?:(\d+)$/, '$1 $2')
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
