import { isIP, SocketAddress } from 'node:net'

/** A numeric address of TCP, in the one form that each has. */
export interface Address {
  readonly family: 4 | 6
  /** `127.0.0.1`, `::1`, `fe80::1%eth0` */
  readonly host: string
  readonly port: number
}

/** What an address may be that is connected to: a name besides, which has to be looked up. */
export type Target = Address | { readonly family: 0; readonly host: string; readonly port: number }

/**
 * Reads `127.0.0.1:80`, `[::1]:80` or `name:80`; undefined for what is none of them, and for a zone (`%eth0`) that is
 * not of a link-local address. Different texts for one numeric address give the same, so that addresses can be
 * compared as texts.
 */
export function parseAddress(text: string): Target | undefined {
  const [, bracketed, plain, digits] = FORM.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  if (plain !== undefined) return { family: isIP(plain) === 4 ? 4 : 0, host: plain.toLowerCase(), port }
  if (bracketed === undefined || isIP(bracketed) !== 6) return undefined
  const [address = '', zone] = bracketed.split('%')
  const host = new SocketAddress({ address, family: 'ipv6' }).address
  if (zone === undefined) return { family: 6, host, port }
  // Elsewhere the host takes no notice of a zone: it would be a second way to write the address.
  return LINK_LOCAL.test(host) ? { family: 6, host: `${host}%${zone}`, port } : undefined
}

/** The text of an address, as {@link parseAddress} reads it. */
export function formatAddress({ family, host, port }: Target): string {
  return family === 6 ? `[${host}]:${String(port)}` : `${host}:${String(port)}`
}

/** The address that means any of this machine's own. */
export function anyAddress(family: 4 | 6): Address {
  return { family, host: family === 4 ? '0.0.0.0' : '::', port: 0 }
}

/** Where a connection to an address goes: to this machine itself if it is the one that means any (Linux, BSD). */
export function destination(address: Address): Address {
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1', '::ffff:0.0.0.0': '::ffff:127.0.0.1' }[address.host]
  return host === undefined ? address : { ...address, host }
}

/** The IPv4 address that an IPv6 address stands for (`::ffff:10.0.0.1`), or undefined. */
export function mappedAddress({ family, host, port }: Address): Address | undefined {
  if (family !== 6 || !host.startsWith(MAPPED)) return undefined
  return { family: 4, host: host.slice(MAPPED.length), port }
}

/** An address in brackets or one without, and a port. A name is of letters, digits, dots, dashes and underscores. */
const FORM = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([\w.-]{1,253})):(\d{1,5})$/
const MAPPED = '::ffff:'
/** Addresses that mean something on one link only (RFC 4291): `fe80::` to `febf:…`. */
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/
