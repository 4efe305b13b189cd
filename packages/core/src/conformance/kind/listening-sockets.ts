import { NONBLOCK } from '../../object/access.js'
import { openObjectOf } from '../../object/reference.js'
import { HUP, IN, OUT } from '../../ready/readiness.js'
import { SO_ACCEPTCONN, SOL_SOCKET } from '../../socket/constants.js'
import { answers, check, equal } from '../assert.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { Rules } from '../runner.js'
import type { SocketNameScene } from './socket-scene.js'

/** Stream sockets that listen at an address, and those that connect to it (bind(2), listen(2), accept(2), connect(2)). */
export const listeningSocketRules: Rules<SocketNameScene> = {
  async 'a new stream socket has no address and no peer, and says OUT and HUP'(scene) {
    const socket = await scene.open()
    equal(scene.localAddress(socket), '', 'its address')
    answers(scene.methods(socket).peerAddress(), 'ENOTCONN', 'its peer address')
    equal(scene.bits(socket), OUT | HUP, 'its readiness')
  },

  async 'a stream socket that is not connected neither sends nor receives'(scene) {
    const { send, receive } = scene.methods(await scene.open())
    answers(send(scene.payload, 0), ['ENOTCONN', 'EPIPE'], 'a send')
    answers(receive(new Uint8Array(8), 0), ['ENOTCONN', 'EINVAL'], 'a receive')
  },

  async 'accept without listen is EINVAL'(scene) {
    answers(scene.methods(await scene.open()).accept(), 'EINVAL', 'accept of a new socket')
    answers(scene.methods(await scene.bound()).accept(), 'EINVAL', 'accept of a bound socket')
    const { client } = await scene.connection()
    answers(scene.methods(client).accept(), 'EINVAL', 'accept of a connected socket')
  },

  async 'a listener says IN while a connection waits, and accept is EAGAIN while none does'(scene) {
    const { listener, address } = await scene.listener()
    answers(scene.methods(listener).accept(), 'EAGAIN', 'accept with nobody waiting')
    equal(scene.bits(listener), 0, 'readiness with nobody waiting')
    await scene.connected(address)
    await scene.ready(listener, IN)
    equal(scene.bits(listener), IN, 'readiness with a connection waiting')
    await scene.accept(listener)
    equal(scene.bits(listener), 0, 'readiness after the accept')
    answers(scene.methods(listener).accept(), 'EAGAIN', 'accept after the accept')
  },

  async 'an accept under way ends with the connection that comes'(scene) {
    const { listener, address } = await scene.listener()
    const accept = scene.accept(listener)
    accept.catch(() => undefined)
    await scene.connected(address)
    await accept
  },

  async 'what a listener accepts is an open object of its own, blocking'(scene) {
    const { listener, address } = await scene.listener()
    openObjectOf(listener).status |= NONBLOCK
    await scene.connected(address)
    const accepted = await scene.accept(listener)
    const open = openObjectOf(accepted)
    check(accepted.id !== listener.id, 'it is the listener')
    equal(accepted.kindName, scene.description.kind.name, 'its kind')
    equal(open.holders, 1, 'its holders')
    equal(open.status & NONBLOCK, 0, 'its non-blocking flag')
  },

  async 'connections are accepted in the order in which they were made'(scene) {
    const { listener, address } = await scene.listener()
    for (const byte of [1, 2, 3]) scene.send(await scene.connected(address), Uint8Array.of(byte))
    for (const byte of [1, 2, 3]) await scene.receives(await scene.accept(listener), Uint8Array.of(byte))
  },

  async 'bytes sent before the accept arrive, also when the sender has gone'(scene) {
    const { listener, address } = await scene.listener()
    const client = await scene.connected(address)
    scene.send(client)
    client.release()
    const accepted = await scene.accept(listener)
    await scene.receives(accepted)
    await scene.receiveAnswers(accepted, 0, 'a receive at the end')
  },

  async 'a connection carries bytes in both directions'(scene) {
    const { client, accepted } = await scene.connection()
    scene.send(client)
    await scene.receives(accepted)
    scene.send(accepted)
    await scene.receives(client)
  },

  async 'both sides of a connection agree on their addresses'(scene) {
    const { address, client, accepted } = await scene.connection()
    equal(scene.methods(client).peerAddress(), address, "the client's peer address")
    equal(scene.localAddress(accepted), address, 'the address of what was accepted')
    equal(scene.methods(accepted).peerAddress(), scene.localAddress(client), 'its peer address')
  },

  async 'a connected socket connects no second time: EISCONN'(scene) {
    const { address, client } = await scene.connection()
    answers(await scene.connect(client, address), 'EISCONN', 'connect')
  },

  async 'a connected socket does not listen: EINVAL'(scene) {
    const { client, accepted } = await scene.connection()
    answers(await scene.listen(client), 'EINVAL', 'listen of who connected')
    answers(await scene.listen(accepted), 'EINVAL', 'listen of what was accepted')
  },

  async 'a listener does not connect'(scene) {
    const { address } = await scene.listener()
    const { listener } = await scene.listener()
    answers(await scene.connect(listener, address), ['EINVAL', 'EISCONN'], 'connect of a listener')
    await scene.connected(scene.localAddress(listener))
  },

  async 'a listener can listen again'(scene) {
    const { listener, address } = await scene.listener()
    answers(await scene.listen(listener, 2), 0, 'a second listen')
    await scene.connected(address)
  },

  async 'SO_ACCEPTCONN tells whether it listens'(scene) {
    const { listener, client } = await scene.connection()
    answers(scene.methods(listener).option(SOL_SOCKET, SO_ACCEPTCONN), 1, 'SO_ACCEPTCONN of a listener')
    answers(scene.methods(client).option(SOL_SOCKET, SO_ACCEPTCONN), 0, 'SO_ACCEPTCONN of a connected socket')
  },

  async 'a socket is bound once: EINVAL'(scene) {
    const socket = await scene.bound()
    const before = scene.localAddress(socket)
    answers(scene.methods(socket).bind(scene.address()), 'EINVAL', 'a second bind')
    equal(scene.localAddress(socket), before, 'the address after it')
  },

  async 'an address at which one listens is no other’s: EADDRINUSE'(scene) {
    const { listener, address } = await scene.listener()
    const second = await scene.open()
    const bound = scene.methods(second).bind(address)
    // The host of some is asked when it listens.
    answers(bound === 0 ? await scene.listen(second) : bound, 'EADDRINUSE', 'bind and listen at the same address')
    await scene.connected(address)
    await scene.accept(listener)
  },

  async 'a connect to where nobody listens any more is ECONNREFUSED, and the address is free'(scene) {
    const { listener, address } = await scene.listener()
    listener.release()
    answers(await scene.connect(await scene.open(), address), 'ECONNREFUSED', 'connect')
    const next = await scene.open()
    answers(scene.methods(next).bind(address), 0, 'a bind to the address')
    answers(await scene.listen(next), 0, 'listen at the address')
  },

  async 'a listener that closes ends the connections that nobody accepted'(scene) {
    const { listener, address } = await scene.listener()
    const client = await scene.connected(address)
    await scene.ready(listener, IN)
    listener.release()
    const first = await scene.receive(client, new Uint8Array(8))
    answers(first, first === 0 ? 0 : 'ECONNRESET', 'a receive of the client')
    await scene.receiveAnswers(client, 0, 'the receive after it')
  },

  async 'a listener that closes leaves the connections that were accepted'(scene) {
    const { listener, client, accepted } = await scene.connection()
    listener.release()
    scene.send(client)
    await scene.receives(accepted)
    scene.send(accepted)
    await scene.receives(client)
  },

  async 'a connection that was accepted and given up is closed'(scene) {
    const { client, accepted } = await scene.connection()
    accepted.release()
    await scene.receiveAnswers(client, 0, 'a receive of the client')
  },

  async 'all that was closed, waiting connections too, is given back'(scene) {
    const { held } = scene.description
    if (held === undefined || !scene.atOnce) return
    const before = held()
    const { listener, address, client, accepted } = await scene.connection()
    const waiting = await scene.connected(address)
    const gone = await scene.connected(address)
    for (const object of [gone, accepted, listener, client, waiting]) object.release()
    equal(held(), before, 'held outside of core')
  },
}

/** The same, where sockets can be duplicated. */
export const listeningDupRules: Rules<SocketNameScene> = {
  async 'a dup of a listener listens until the last of them is closed'(scene) {
    const { table } = scene
    const { listener, address } = await scene.listener()
    const handle = table.insert(listener)
    const copy = table.dup(handle)
    table.close(handle)
    await scene.connected(address)
    const reference = scene.keep(table.get(copy)!)
    await scene.accept(reference)
    table.close(copy)
    reference.release()
    answers(await scene.connect(await scene.open(), address), 'ECONNREFUSED', 'connect after the last handle')
  },
}

/** Of sockets that reach each other at once: how many may wait is what the listener said. */
export const backlogRules: Rules<SocketNameScene> = {
  async 'a connect to a listener with too many waiting is EAGAIN, and succeeds when one was accepted'(scene) {
    const { listener, address } = await scene.listener(1)
    const full = await fill(scene, address)
    answers(scene.methods(full).connect(address), 'EAGAIN', 'connect to a full backlog')
    const connect = scene.connect(full, address)
    await scene.accept(listener)
    answers(await connect, 0, 'the connect under way')
  },

  async 'a connect under way ends with ECONNREFUSED when the listener closes'(scene) {
    const { listener, address } = await scene.listener(1)
    const connect = scene.connect(await fill(scene, address), address)
    listener.release()
    answers(await connect, 'ECONNREFUSED', 'the connect under way')
  },
}

/** Connects until the backlog is full: the first socket that was not taken. */
async function fill(scene: SocketNameScene, address: string): Promise<KernelObject> {
  for (let i = 0; i < 16; i++) {
    const socket = await scene.open()
    const answer = scene.methods(socket).connect(address)
    if (answer !== 0) return socket
  }
  check(false, 'a backlog of 1 took 16 connections')
}
