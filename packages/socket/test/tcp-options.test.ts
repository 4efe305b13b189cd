import { expect, it } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_KEEPALIVE,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '@ht/core/socket'
import { createTcpSockets } from '@ht/socket/tcp'
import { hasIPv6, listenAt, openTcp, ops, shown, tcpPair, tryWrite } from './support/tcp.js'

/* The values are those that Linux 6.18 answered, but for the sizes of buffers, which are ours. */

it('options tell what a socket is', async () => {
  for (const [domain, address] of [
    [AF_INET, '127.0.0.1:0'],
    [AF_INET6, '[::1]:0'],
  ] as const) {
    if (domain === AF_INET6 && !hasIPv6) continue
    const socket = openTcp(domain)
    const listener = await listenAt(address, 1, domain)
    const told = [SO_DOMAIN, SO_TYPE, SO_PROTOCOL, SO_ACCEPTCONN].map((name) => ops(socket).option(SOL_SOCKET, name))
    expect(told).toEqual([domain, SOCK_STREAM, IPPROTO_TCP, 0])
    expect(ops(listener).option(SOL_SOCKET, SO_ACCEPTCONN)).toBe(1)
    socket.release()
    listener.release()
  }
})

it('what can be set is kept; a value that cannot be is EINVAL and changes nothing', () => {
  const { option, setOption } = ops(openTcp())
  for (const [level, name, before, steps] of [
    [
      SOL_SOCKET,
      SO_KEEPALIVE,
      0,
      [
        [1, 0, 1],
        [-1, 0, 1],
        [0, 0, 0],
      ],
    ],
    [
      IPPROTO_TCP,
      TCP_NODELAY,
      0,
      [
        [7, 0, 1],
        [0, 0, 0],
      ],
    ],
    [
      IPPROTO_TCP,
      TCP_KEEPIDLE,
      7200,
      [
        [1, 0, 1],
        [0, 'EINVAL', 1],
        [-1, 'EINVAL', 1],
        [32_768, 'EINVAL', 1],
        [32_767, 0, 32_767],
      ],
    ],
    [
      SOL_SOCKET,
      SO_SNDBUF,
      262_144,
      [
        [1, 0, 4608],
        [5000, 0, 10_000],
        [-1, 0, 425_984],
        [1e9, 0, 425_984],
      ],
    ],
    [
      SOL_SOCKET,
      SO_RCVBUF,
      131_072,
      [
        [0, 0, 2304],
        [5000, 0, 10_000],
        [-1, 0, 425_984],
      ],
    ],
  ] as const) {
    expect(option(level, name)).toBe(before)
    for (const [value, answer, after] of steps) {
      expect(shown(setOption(level, name, value))).toBe(answer)
      expect(option(level, name)).toBe(after)
    }
  }
})

it('options of another level, or of another family, are ENOPROTOOPT', () => {
  const { option, setOption } = ops(openTcp())
  for (const [level, name] of [
    [77, 1],
    [IPPROTO_TCP, 99],
    [IPPROTO_IPV6, IPV6_V6ONLY],
    [IPPROTO_IPV6, SO_KEEPALIVE],
  ] as const) {
    expect([option(level, name), setOption(level, name, 1)].map(shown)).toEqual(['ENOPROTOOPT', 'ENOPROTOOPT'])
  }
})

it('IPV6_V6ONLY can be set until the socket has an address', () => {
  const { bind, option, setOption } = ops(openTcp(AF_INET6))
  expect([setOption(IPPROTO_IPV6, IPV6_V6ONLY, 1), option(IPPROTO_IPV6, IPV6_V6ONLY)]).toEqual([0, 1])
  expect(bind('[::1]:0')).toBe(0)
  expect(shown(setOption(IPPROTO_IPV6, IPV6_V6ONLY, 0))).toBe('EINVAL')
  expect(option(IPPROTO_IPV6, IPV6_V6ONLY)).toBe(1)
})

it('SO_SNDBUF is how many bytes are taken before a write is EAGAIN, also while connected', async () => {
  const { client, server } = await tcpPair()
  ops(client).setOption(SOL_SOCKET, SO_SNDBUF, 5000)
  const written = [tryWrite(client, 'x'.repeat(9000)), tryWrite(client, 'x'.repeat(9000)), tryWrite(client, 'x')]
  expect(written).toEqual([9000, 1000, 'EAGAIN'])
  client.release()
  server.release()
})

it('a family of sockets makes streams of TCP, and says what it does not make', () => {
  const tcp = createTcpSockets()
  expect(tcp.domains).toEqual([AF_INET, AF_INET6])
  for (const [domain, type, protocol, answer] of [
    [1, SOCK_STREAM, 0, 'EAFNOSUPPORT'],
    [AF_INET, SOCK_DGRAM, 0, 'ESOCKTNOSUPPORT'],
    [AF_INET, SOCK_STREAM, 17, 'EPROTONOSUPPORT'],
  ] as const) {
    expect(shown(tcp.open(domain, type, protocol))).toBe(answer)
  }
  const socket = tcp.open(AF_INET, SOCK_STREAM, IPPROTO_TCP)
  expect(socket).toMatchObject({ kindName: 'ht:tcp' })
})
