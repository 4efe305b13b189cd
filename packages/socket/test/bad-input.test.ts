import { describe, expect, it } from 'vitest'
import { StreamOps } from '@ht/core'
import { AF_UNIX, SOCK_DGRAM, SocketOps, SOL_SOCKET, type SocketMethods } from '@ht/core/socket'
import { createLocalSockets, socketPair } from '../src/index.js'

const shown = new Uint8Array(4)
const detached = new Uint8Array(4)
structuredClone(detached.buffer, { transfer: [detached.buffer] })

/** Calls with arguments that no type allows. */
const calls = (socket: SocketMethods): Record<string, (argument: never) => unknown> => ({
  bind: (it) => socket.bind(it),
  connect: (it) => socket.connect(it),
  'sendTo an address': (it) => socket.sendTo(shown, 0, it),
  listen: (it) => socket.listen(it),
  shutdown: (it) => socket.shutdown(it),
  'send flags': (it) => socket.send(shown, it),
  'receive flags': (it) => socket.receive(shown, it),
  'option level': (it) => socket.option(it, 1),
  'option name': (it) => socket.option(SOL_SOCKET, it),
  'setOption value': (it) => socket.setOption(SOL_SOCKET, 2, it),
})

describe('a wrong argument', () => {
  it.each([[null], [undefined], [1.5], [NaN], [Symbol('s')], [{}], [() => 1]])(
    '%o throws EINVAL and changes nothing',
    (argument) => {
      const [near, far] = socketPair()
      for (const [name, call] of Object.entries(calls(near.as(SocketOps)))) {
        expect(() => call(argument as never), name).toThrow(/^EINVAL: argument \d must be/)
      }
      expect(near.as(SocketOps).localAddress()).toBe('')
      expect(near.as(StreamOps).write(Uint8Array.of(1))).toBe(1)
      expect(far.as(StreamOps).read(new Uint8Array(8))).toBe(1)
      expect(far.as(StreamOps).read(new Uint8Array(8))).toBe(-11)
    },
  )

  it('a name with a NUL in it throws EINVAL', () => {
    const [near] = socketPair()
    expect(() => near.as(SocketOps).bind('a\0b')).toThrow('EINVAL: argument 1 holds a NUL')
    expect(() => near.as(SocketOps).sendTo(shown, 0, 'a\0b')).toThrow('EINVAL: argument 3 holds a NUL')
  })

  it.each([[null], [7], ['bytes'], [[1, 2]], [new Uint16Array(2)], [new ArrayBuffer(2)], [new DataView(new ArrayBuffer(2))]])(
    '%o for bytes throws EINVAL, and takes no datagram',
    (argument) => {
      const [near, far] = socketPair({ type: 'datagram' })
      far.as(SocketOps).send(shown, 0)
      const socket = near.as(SocketOps)
      for (const call of [
        () => socket.send(argument as never, 0),
        () => socket.receive(argument as never, 0),
        () => socket.sendTo(argument as never, 0, 'x'),
        () => socket.receiveFrom(argument as never, 0, new Uint8Array(1)),
        () => socket.receiveFrom(new Uint8Array(1), 0, argument as never),
        () => near.as(StreamOps).read(argument as never),
        () => near.as(StreamOps).write(argument as never),
      ]) {
        expect(call).toThrow('EINVAL: buffer must be a Uint8Array')
      }
      expect(socket.receive(new Uint8Array(8), 0)).toBe(4)
      expect(far.as(SocketOps).receive(new Uint8Array(8), 0)).toBe(-11)
    },
  )

  it('bytes whose memory was detached throw EFAULT', () => {
    const [near] = socketPair()
    expect(() => near.as(SocketOps).send(detached, 0)).toThrow('EFAULT: bad address')
    expect(() => near.as(SocketOps).receive(detached, 0)).toThrow('EFAULT: bad address')
  })

  it.each([['raw'], [''], [3], [null], ['toString'], [1.5], [{}], [Symbol('s')]])(
    'socketPair of type %o throws EINVAL',
    (type) => {
      expect(() => socketPair({ type: type as never })).toThrow(/^EINVAL: type must be 'stream', 'datagram'/)
    },
  )

  it.each([[null], [7], ['stream']])('socketPair(%o) throws EINVAL', (options) => {
    expect(() => socketPair(options as never)).toThrow(/^EINVAL: options must be an object/)
  })

  it('a type or protocol that is no number is refused', () => {
    const family = createLocalSockets()
    for (const wrong of [NaN, '1', null, {}]) {
      expect(family.open(AF_UNIX, wrong as never, 0)).toBe(-94)
      expect(family.open(AF_UNIX, SOCK_DGRAM, wrong as never)).toBe(-93)
    }
  })
})
