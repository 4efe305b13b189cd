import { ControlOps, FIONREAD } from '../../ops/control.js'
import { StreamOps } from '../../ops/stream.js'
import { readAsync } from '../../ready/stream-promises.js'
import { ERR, HUP, IN, OUT, RDHUP } from '../../ready/readiness.js'
import {
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ERROR,
  SOL_SOCKET,
} from '../../socket/constants.js'
import { errnoOf } from '../../errors/errno.js'
import { answers, check, equal, equalList } from '../assert.js'
import { arrival } from './scene.js'
import type { BorrowedObject } from '../../object/kernel-object.js'
import type { Rules } from '../runner.js'
import type { SocketPairScene } from './socket-scene.js'

const ECONNRESET = errnoOf('ECONNRESET')

/** Two stream sockets that are connected: both directions, and the end of each (socket(7), shutdown(2)). */
export const streamSocketRules: Rules<SocketPairScene> = {
  async 'each direction carries its own bytes, and no socket receives what it sent'(scene) {
    const { near, far, payload } = scene
    const other = payload.map((byte) => byte ^ 0xff)
    scene.send(near)
    scene.receivesNothing(near, 'a receive at the side that sent')
    scene.send(far, other)
    await scene.receives(far, payload)
    await scene.receives(near, other)
  },

  async 'send and receive are write and read'(scene) {
    const { near, far, payload } = scene
    scene.send(near)
    const buffer = new Uint8Array(payload.length)
    equal(await arrival(readAsync(far, buffer, scene.patience), 'a read'), payload.length, 'a read of what was sent')
    equalList(buffer, payload, 'bytes read')
    answers(far.as(StreamOps)?.write(payload), payload.length, 'a write')
    await scene.receives(near)
  },

  async 'flags that are for who waits change nothing at the socket'(scene) {
    const { near, far, payload } = scene
    const count = scene.methods(near).send(payload, MSG_DONTWAIT | MSG_NOSIGNAL)
    answers(count, payload.length, 'a send with MSG_DONTWAIT and MSG_NOSIGNAL')
    const buffer = new Uint8Array(payload.length)
    equal(await scene.receive(far, buffer, MSG_DONTWAIT), payload.length, 'a receive with MSG_DONTWAIT')
    equalList(buffer, payload, 'bytes received')
  },

  async 'a direction that is full leaves the other one free'(scene) {
    const { near, far } = scene
    let taken = 0
    for (let i = 0; i < 4096 && taken >= 0; i++) taken = scene.methods(near).send(new Uint8Array(4096), 0)
    answers(taken, 'EAGAIN', 'a send without room')
    equal(scene.bits(near) & OUT, 0, 'OUT without room')
    scene.send(far)
    await scene.receives(near)
  },

  async 'MSG_PEEK leaves what it gives'(scene) {
    const { near, far, payload } = scene
    scene.send(near)
    const some = new Uint8Array(Math.ceil(payload.length / 2))
    for (const time of ['first', 'second']) {
      equal(await scene.receive(far, some, MSG_PEEK), some.length, `the ${time} peek`)
      equalList(some, payload.subarray(0, some.length), `bytes of the ${time} peek`)
    }
    await scene.receives(far)
    answers(scene.methods(far).receive(some, MSG_PEEK), 'EAGAIN', 'a peek with nothing there')
  },

  async 'FIONREAD tells how many bytes can be received'(scene) {
    const { near, far, payload } = scene
    const control = far.as(ControlOps)
    if (control === undefined) return
    scene.send(near)
    await scene.ready(far, IN)
    const count = new Int32Array(1)
    answers(control.control(FIONREAD, new Uint8Array(count.buffer)), 0, 'FIONREAD')
    equal(count[0], payload.length, 'what it tells')
  },

  'each side has the address that the other one calls its peer’s'(scene) {
    const [near, far] = [scene.methods(scene.near), scene.methods(scene.far)]
    equal(near.peerAddress(), far.localAddress(), 'the peer address of the one side')
    equal(far.peerAddress(), near.localAddress(), 'the peer address of the other')
  },

  async 'after a shutdown of sending the other side receives what was sent, and then 0, each time'(scene) {
    const { near, far } = scene
    scene.send(near)
    shutdown(scene, near, SHUT_WR)
    await scene.receives(far)
    await scene.receiveAnswers(far, 0, 'a receive at the end')
    await scene.receiveAnswers(far, 0, 'a second one')
  },

  async 'after a shutdown of sending the other way still works'(scene) {
    const { near, far } = scene
    shutdown(scene, near, SHUT_WR)
    await scene.receiveAnswers(far, 0, 'a receive at the end')
    scene.send(far)
    await scene.receives(near)
    scene.receivesNothing(near, 'a receive with nothing there')
  },

  'after a shutdown of sending a send is EPIPE'(scene) {
    shutdown(scene, scene.near, SHUT_WR)
    answers(scene.methods(scene.near).send(scene.payload, 0), 'EPIPE', 'a send')
    answers(scene.near.as(StreamOps)?.write(scene.payload), 'EPIPE', 'a write')
  },

  async 'a shutdown of sending is told to the other side as IN and RDHUP, and not as HUP'(scene) {
    const { near, far } = scene
    shutdown(scene, near, SHUT_WR)
    await scene.ready(far, RDHUP)
    equal(scene.bits(far) & (IN | RDHUP | HUP), IN | RDHUP, 'IN, RDHUP and HUP')
  },

  async 'a shutdown of sending ends a receive under way at the other side, which answers 0'(scene) {
    const receive = scene.receive(scene.far, new Uint8Array(8))
    shutdown(scene, scene.near, SHUT_WR)
    answers(await receive, 0, 'the receive under way')
  },

  async 'after a shutdown of receiving, what is there is received, and then 0'(scene) {
    const { near, far } = scene
    scene.send(far)
    await scene.ready(near, IN)
    shutdown(scene, near, SHUT_RD)
    await scene.receives(near)
    answers(scene.methods(near).receive(new Uint8Array(8), 0), 0, 'a receive with nothing there')
    answers(scene.methods(near).send(scene.payload, 0), scene.payload.length, 'a send')
  },

  async 'a shutdown of receiving ends a receive under way, which answers 0'(scene) {
    const receive = scene.receive(scene.near, new Uint8Array(8))
    shutdown(scene, scene.near, SHUT_RD)
    answers(await receive, 0, 'the receive under way')
  },

  async 'a shutdown of both ends both'(scene) {
    const { near, far } = scene
    shutdown(scene, near, SHUT_RDWR)
    answers(scene.methods(near).send(scene.payload, 0), 'EPIPE', 'a send')
    answers(scene.methods(near).receive(new Uint8Array(8), 0), 0, 'a receive')
    await scene.receiveAnswers(far, 0, 'a receive at the other side')
  },

  'a shutdown that was done already answers 0'(scene) {
    shutdown(scene, scene.near, SHUT_WR)
    shutdown(scene, scene.near, SHUT_WR)
  },

  async 'a shutdown of something else is EINVAL, and changes nothing'(scene) {
    const { near, far } = scene
    for (const how of [3, -1]) answers(scene.methods(near).shutdown(how), 'EINVAL', `shutdown(${how})`)
    scene.send(near)
    await scene.receives(far)
    scene.receivesNothing(near, 'a receive with nothing there')
  },

  async 'a side that has closed: what it sent is received, then 0'(scene) {
    const { near, far } = scene
    scene.send(near)
    near.release()
    await scene.receives(far)
    await scene.receiveAnswers(far, 0, 'a receive at the end')
    await scene.receiveAnswers(far, 0, 'a second one')
  },

  async 'a side that has closed is told of by IN and RDHUP, and by OUT and HUP when it cannot receive'(scene) {
    const { near, far } = scene
    near.release()
    await scene.ready(far, IN)
    // Over a network nobody knows yet whether it would still take bytes.
    const told = scene.atOnce ? IN | OUT | HUP | RDHUP : IN | RDHUP
    equal(scene.bits(far) & (told | ERR), told, 'readiness')
  },

  async 'a side that closed with bytes unread reset the connection: ECONNRESET, once'(scene) {
    const { far } = scene
    await reset(scene)
    equal(scene.bits(far) & (IN | ERR), IN | ERR, 'IN and ERR')
    await scene.receiveAnswers(far, 'ECONNRESET', 'the first receive')
    await scene.receiveAnswers(far, 0, 'the second one')
    equal(scene.bits(far) & ERR, 0, 'ERR after it was told')
  },

  async 'SO_ERROR tells of a reset, once'(scene) {
    const { far } = scene
    const error = () => scene.methods(far).option(SOL_SOCKET, SO_ERROR)
    answers(error(), 0, 'SO_ERROR of a connection')
    await reset(scene)
    answers(error(), ECONNRESET, 'SO_ERROR of a connection that was reset')
    answers(error(), 0, 'SO_ERROR after that')
    await scene.receiveAnswers(far, 0, 'a receive')
  },
}

/** The same, where sockets can be duplicated: they are shared, and a side is gone with the last of its holders. */
export const streamSocketDupRules: Rules<SocketPairScene> = {
  'a shutdown is one of the socket, for each of its handles'(scene) {
    const { table, near, payload } = scene
    const handle = table.insert(near)
    const copy = table.dup(handle)
    table.withObject(handle, (socket) => {
      shutdown(scene, socket, SHUT_WR)
    })
    table.withObject(copy, (socket) => {
      answers(socket.as(StreamOps)?.write(payload), 'EPIPE', 'a write by the other handle')
    })
  },

  async 'a dup keeps its side open in both directions'(scene) {
    const { table, near, far } = scene
    const handle = table.insert(near)
    const copy = table.dup(handle)
    table.close(handle)
    scene.send(far)
    scene.receivesNothing(far, 'a receive while the other side is open')
    const rest = scene.keep(table.get(copy)!)
    await scene.receives(rest)
    table.close(copy)
    rest.release()
    await scene.receiveAnswers(far, 0, 'a receive after the last handle')
  },
}

function shutdown(scene: SocketPairScene, socket: BorrowedObject, how: number): void {
  answers(scene.methods(socket).shutdown(how), 0, `shutdown(${String(how)})`)
}

/** The near side closes and leaves bytes behind that it did not read. */
async function reset(scene: SocketPairScene): Promise<void> {
  const { near, far } = scene
  scene.send(far)
  await scene.ready(near, IN)
  near.release()
  await scene.ready(far, ERR)
  check((scene.bits(far) & ERR) !== 0, 'no ERR at the other side')
}
