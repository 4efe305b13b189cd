import { ControlOps, FIONREAD } from '../../ops/control.js'
import { StreamOps } from '../../ops/stream.js'
import { IN } from '../../ready/readiness.js'
import { MSG_PEEK, MSG_TRUNC, SHUT_WR, SO_SNDBUF, SOL_SOCKET } from '../../socket/constants.js'
import { answers, equal, equalList } from '../assert.js'
import type { Rules } from '../runner.js'
import type { SocketNameScene, SocketPairScene } from './socket-scene.js'

/** Two datagram sockets that are connected to each other. */
export const datagramSocketRules: Rules<SocketPairScene> = {
  async 'each receive gives one datagram, in the order of sending'(scene) {
    const { near, far } = scene
    const datagrams = [Uint8Array.of(1), Uint8Array.of(2, 2), Uint8Array.of(3, 3, 3)]
    for (const datagram of datagrams) scene.send(near, datagram)
    for (const datagram of datagrams) await isReceived(scene, datagram)
    scene.receivesNothing(far, 'a receive with nothing there')
  },

  async 'each direction carries its own datagrams, and no socket receives what it sent'(scene) {
    const { near, far } = scene
    scene.send(near, Uint8Array.of(1))
    scene.receivesNothing(near, 'a receive at the side that sent')
    scene.send(far, Uint8Array.of(2))
    await scene.receives(far, Uint8Array.of(1))
    await scene.receives(near, Uint8Array.of(2))
  },

  async 'of a datagram that does not fit the rest is lost'(scene) {
    const { near, far, payload } = scene
    scene.send(near)
    scene.send(near, Uint8Array.of(9))
    const some = new Uint8Array(payload.length - 1)
    equal(await scene.receive(far, some), some.length, 'a receive into a small buffer')
    equalList(some, payload.subarray(0, some.length), 'bytes received')
    await isReceived(scene, Uint8Array.of(9))
  },

  async 'with MSG_TRUNC the answer is the whole length'(scene) {
    const { near, far, payload } = scene
    scene.send(near)
    equal(await scene.receive(far, new Uint8Array(1), MSG_TRUNC), payload.length, 'a receive into one byte')
    scene.receivesNothing(far, 'a receive after it')
  },

  async 'MSG_PEEK leaves the datagram'(scene) {
    const { near, far, payload } = scene
    scene.send(near)
    const some = new Uint8Array(1)
    equal(await scene.receive(far, some, MSG_PEEK), 1, 'a peek')
    equal(await scene.receive(far, some, MSG_PEEK | MSG_TRUNC), payload.length, 'a peek with MSG_TRUNC')
    await isReceived(scene, payload)
  },

  async 'an empty datagram is one'(scene) {
    const { near, far } = scene
    scene.send(near, new Uint8Array(0))
    answers(near.as(StreamOps)?.write(new Uint8Array(0)), 0, 'a write of no bytes')
    for (const which of ['first', 'second']) {
      await scene.ready(far, IN)
      answers(await scene.receive(far, new Uint8Array(8)), 0, `a receive of the ${which}`)
    }
    scene.receivesNothing(far, 'a receive with nothing there')
  },

  async 'a read of no bytes takes no datagram, a receive of none does'(scene) {
    const { near, far } = scene
    scene.send(near)
    await scene.ready(far, IN)
    const none = new Uint8Array(0)
    answers(far.as(StreamOps)?.read(none), 0, 'a read of no bytes')
    answers(scene.methods(far).receive(none, 0), 0, 'a receive of no bytes')
    scene.receivesNothing(far, 'a receive after it')
  },

  async 'a datagram that is longer than the buffer is EMSGSIZE, and is not sent'(scene) {
    const { near, far } = scene
    answers(scene.methods(near).setOption(SOL_SOCKET, SO_SNDBUF, 4096), 0, 'setting SO_SNDBUF')
    const size = scene.methods(near).option(SOL_SOCKET, SO_SNDBUF)
    answers(scene.methods(near).send(new Uint8Array(size + 1), 0), 'EMSGSIZE', `a send of more than ${size} bytes`)
    scene.send(near)
    await isReceived(scene, scene.payload)
    scene.receivesNothing(far, 'a receive after it')
  },

  async 'FIONREAD tells the length of the next datagram'(scene) {
    const { near, far, payload } = scene
    const control = far.as(ControlOps)
    if (control === undefined) return
    const count = new Int32Array(1)
    const tells = (expected: number) => {
      answers(control.control(FIONREAD, new Uint8Array(count.buffer)), 0, 'FIONREAD')
      equal(count[0], expected, 'what FIONREAD tells')
    }
    tells(0)
    scene.send(near)
    scene.send(near, Uint8Array.of(1))
    await scene.ready(far, IN)
    tells(payload.length)
  },

  'datagram sockets neither listen nor accept: EOPNOTSUPP'(scene) {
    answers(scene.methods(scene.near).listen(1), 'ENOTSUP', 'listen')
    answers(scene.methods(scene.near).accept(), 'ENOTSUP', 'accept')
  },

  'after a shutdown of sending a send is EPIPE, and the other side does not end'(scene) {
    const { near, far } = scene
    answers(scene.methods(near).shutdown(SHUT_WR), 0, 'shutdown')
    answers(scene.methods(near).send(scene.payload, 0), 'EPIPE', 'a send')
    scene.receivesNothing(far, 'a receive at the other side')
  },

  'a peer that has gone is no end: EAGAIN, and a send is ECONNREFUSED'(scene) {
    const { near, far } = scene
    far.release()
    if (!scene.atOnce) return
    scene.receivesNothing(near, 'a receive')
    answers(scene.methods(near).send(scene.payload, 0), 'ECONNREFUSED', 'a send')
    answers(scene.methods(near).send(scene.payload, 0), ['ENOTCONN', 'EDESTADDRREQ'], 'the send after it')
  },
}

/** Datagram sockets that have addresses. */
export const datagramNameRules: Rules<SocketNameScene> = {
  async 'a datagram can be sent to an address, and tells where it came from'(scene) {
    const from = await scene.bound()
    const to = await scene.bound()
    answers(scene.methods(from).sendTo(scene.payload, 0, scene.localAddress(to)), scene.payload.length, 'sendTo')
    const address = new Uint8Array(128).fill(0xff)
    const buffer = new Uint8Array(scene.payload.length)
    const receive = () => scene.methods(to).receiveFrom(buffer, 0, address)
    equal(await scene.answer(to, receive, 'receiveFrom'), buffer.length, 'receiveFrom')
    equalList(buffer, scene.payload, 'bytes received')
    const whole = new Uint8Array(128)
    whole.set(new TextEncoder().encode(scene.localAddress(from)))
    equalList(address, whole, 'the address that it came from')
  },

  async 'of an address that does not fit, receiveFrom gives as much as does'(scene) {
    const from = await scene.bound()
    const to = await scene.bound()
    scene.methods(from).sendTo(scene.payload, 0, scene.localAddress(to))
    const address = new Uint8Array(2)
    const receive = () => scene.methods(to).receiveFrom(new Uint8Array(8), 0, address)
    equal(await scene.answer(to, receive, 'receiveFrom'), Math.min(8, scene.payload.length), 'receiveFrom')
    equalList(address, new TextEncoder().encode(scene.localAddress(from)).subarray(0, 2), 'the address')
  },

  async 'connect says where a send goes, and can say another place'(scene) {
    const socket = await scene.open()
    answers(scene.methods(socket).send(scene.payload, 0), ['ENOTCONN', 'EDESTADDRREQ'], 'a send before connect')
    answers(scene.methods(socket).peerAddress(), 'ENOTCONN', 'the peer address before connect')
    for (const byte of [1, 2]) {
      const to = await scene.bound()
      answers(await scene.connect(socket, scene.localAddress(to)), 0, 'connect')
      equal(scene.methods(socket).peerAddress(), scene.localAddress(to), 'the peer address')
      scene.send(socket, Uint8Array.of(byte))
      await scene.receives(to, Uint8Array.of(byte))
    }
  },

  async 'who is connected receives from its peer alone'(scene) {
    if (!scene.atOnce) return
    const [to, peer, stranger] = [await scene.bound(), await scene.bound(), await scene.bound()]
    answers(await scene.connect(to, scene.localAddress(peer)), 0, 'connect')
    answers(scene.methods(stranger).sendTo(scene.payload, 0, scene.localAddress(to)), 'EPERM', 'a send of a stranger')
    answers(scene.methods(peer).sendTo(scene.payload, 0, scene.localAddress(to)), scene.payload.length, 'of the peer')
    await scene.receives(to)
  },

  async 'a send to where nobody is any more is ECONNREFUSED'(scene) {
    if (!scene.atOnce) return
    const gone = await scene.bound()
    const address = scene.localAddress(gone)
    gone.release()
    const socket = await scene.open()
    answers(scene.methods(socket).sendTo(scene.payload, 0, address), 'ECONNREFUSED', 'sendTo')
    answers(await scene.connect(socket, address), 'ECONNREFUSED', 'connect')
  },
}

/** The next datagram at the far side is this one. */
async function isReceived(scene: SocketPairScene, expected: Uint8Array): Promise<void> {
  const buffer = new Uint8Array(expected.length + 8)
  equal(await scene.receive(scene.far, buffer), expected.length, 'the length of a datagram')
  equalList(buffer.subarray(0, expected.length), expected, 'the datagram')
}
