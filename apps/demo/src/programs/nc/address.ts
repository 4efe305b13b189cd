import { Failure } from '../failure.js'

/** Where is connected to or listened at. */
export interface Target {
  readonly host: string
  readonly port: string
  /** In the form that sockets take; several where a name may have addresses of several families. */
  readonly addresses: readonly string[]
  readonly isName: boolean
}

/** The ports of `80` or, for a scan, `20-30`. @throws Failure */
export function portsOf(text: string, isScan: boolean): string[] {
  const [low = '', high = low, ...rest] = isScan ? text.split('-') : [text]
  const [from, to] = [portOf(low, isScan), portOf(high, isScan)]
  if (rest.length > 0) throw new Failure(`port number invalid: ${text}`)
  const [first, last] = from <= to ? [from, to] : [to, from]
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i))
}

function portOf(text: string, isScan: boolean): number {
  if (/^-\d+$/.test(text) || (isScan && text === '0')) throw new Failure(`port number too small: ${text}`)
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
  if (host.includes(':')) return { host, port, addresses: [`[${host}]:${port}`], isName: false }
  const isName = !/^\d+\.\d+\.\d+\.\d+$/.test(host) && host !== ''
  if (isName && numeric) throw new Failure(`getaddrinfo for host "${host}" port ${port}: Name or service not known`)
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
