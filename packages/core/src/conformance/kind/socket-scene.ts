import { errnoOf, type ErrorCode } from '../../errors/errno.js'
import { openObjectOf } from '../../object/reference.js'
import { readiness, untilAnswered, whenReady } from '../../ready/promises.js'
import { SocketOps, type SocketMethods } from '../../socket/ops.js'
import { answers, check, equalList } from '../assert.js'
import { arrival, Scene } from './scene.js'
import type { BorrowedObject, KernelObject } from '../../object/kernel-object.js'
import type { KindDescription, OpenedPair, SocketDescription } from './description.js'

const EAGAIN = errnoOf('EAGAIN')
const EALREADY = errnoOf('EALREADY')
const EINPROGRESS = errnoOf('EINPROGRESS')

/** What a rule of sockets needs. Whatever may take time is waited for by readiness, and by nothing else. */
class SocketScene extends Scene {
  readonly payload: Uint8Array

  constructor(description: KindDescription, opened?: { cleanup?: NonNullable<OpenedPair['cleanup']> }) {
    super(description, opened)
    this.payload = (description.payload ?? Uint8Array.from({ length: 16 }, (_, i) => i * 15 + 1)).slice()
  }

  /** Whether what is done at one side is seen at the other at once. */
  get atOnce(): boolean {
    return this.description.sockets?.remote !== true
  }

  methods(object: BorrowedObject): SocketMethods {
    const methods = object.as(SocketOps)
    check(methods !== undefined, `the object's kind, ${object.kindName}, has no ${SocketOps.name}`)
    return methods
  }

  bits(object: BorrowedObject): number {
    return readiness(openObjectOf(object))
  }

  /** Waits until an object is ready for this, has failed, or has lost its other side. */
  async ready(object: BorrowedObject, event: number): Promise<void> {
    await arrival(whenReady(object, event, this.patience), 'the wait for a change of readiness')
  }

  /** Tries until the answer is another than −EAGAIN, at each change of the object. */
  answer(object: BorrowedObject, attempt: () => number, what: string): Promise<number> {
    return arrival(untilAnswered(openObjectOf(object), attempt, this.patience, what, true), what)
  }

  send(object: BorrowedObject, bytes: Uint8Array = this.payload): void {
    answers(this.methods(object).send(bytes, 0), bytes.length, `a send of ${String(bytes.length)} bytes`)
  }

  /** Receives once, when there is something: the answer. */
  receive(object: BorrowedObject, buffer: Uint8Array, flags = 0): Promise<number> {
    return this.answer(object, () => this.methods(object).receive(buffer, flags), 'a receive')
  }

  /** Receives these bytes, in as many parts as they come in. */
  async receives(object: BorrowedObject, expected: Uint8Array = this.payload): Promise<void> {
    const all = new Uint8Array(expected.length)
    for (let at = 0; at < all.length;) {
      const count = await this.receive(object, all.subarray(at))
      check(count > 0, `a receive answered ${String(count)}, with ${String(all.length - at)} bytes to come`)
      at += count
    }
    equalList(all, expected, 'bytes received')
  }

  /** A receive answers this, now or soon. */
  async receiveAnswers(object: BorrowedObject, expected: number | ErrorCode | readonly ErrorCode[], what: string): Promise<void> {
    answers(await this.receive(object, new Uint8Array(64)), expected, what)
  }

  /** There is nothing to receive, and no end. */
  receivesNothing(object: BorrowedObject, what: string): void {
    answers(this.methods(object).receive(new Uint8Array(64), 0), 'EAGAIN', what)
  }
}

/** Two sockets that are connected. */
export class SocketPairScene extends SocketScene {
  readonly near: KernelObject
  readonly far: KernelObject

  constructor(description: KindDescription, opened: OpenedPair) {
    super(description, opened)
    this.near = this.keep(opened.writer)
    this.far = this.keep(opened.reader)
  }
}

/** Sockets that find each other by addresses. */
export class SocketNameScene extends SocketScene {
  readonly #sockets: SocketDescription

  constructor(description: KindDescription, sockets: SocketDescription) {
    super(description)
    this.#sockets = sockets
  }

  /** A new socket. */
  async open(): Promise<KernelObject> {
    const opened = await this.#sockets.open?.()
    check(opened !== undefined, 'sockets.open gave no object')
    return this.keep(opened)
  }

  /** An address to bind a socket to. */
  address(): string {
    return this.#sockets.address?.() ?? ''
  }

  /** A new socket that is bound. */
  async bound(): Promise<KernelObject> {
    const socket = await this.open()
    answers(this.methods(socket).bind(this.address()), 0, 'a bind to a free address')
    return socket
  }

  /** A socket that listens, and where. */
  async listener(backlog = 8): Promise<{ listener: KernelObject; address: string }> {
    const listener = await this.bound()
    answers(await this.listen(listener, backlog), 0, 'listen')
    return { listener, address: this.localAddress(listener) }
  }

  /** Has a socket listen, and gives the answer when there is one. */
  listen(socket: BorrowedObject, backlog = 8): Promise<number> {
    return this.answer(socket, () => this.methods(socket).listen(backlog), 'listen')
  }

  /** Has a socket connect, and gives the answer when there is one. */
  connect(socket: BorrowedObject, address: string): Promise<number> {
    const attempt = () => {
      const answer = this.methods(socket).connect(address)
      return answer === -EINPROGRESS || answer === -EALREADY ? -EAGAIN : answer
    }
    return this.answer(socket, attempt, 'connect')
  }

  /** A new socket that is connected to an address. */
  async connected(address: string): Promise<KernelObject> {
    const socket = await this.open()
    answers(await this.connect(socket, address), 0, 'connect to a listener')
    return socket
  }

  /** Accepts a connection, when there is one. */
  async accept(listener: BorrowedObject): Promise<KernelObject> {
    let accepted: KernelObject | undefined
    const attempt = () => {
      const answer = this.methods(listener).accept()
      if (typeof answer === 'number') return answer
      accepted = answer
      return 0
    }
    answers(await this.answer(listener, attempt, 'accept'), 0, 'accept')
    return this.keep(accepted as unknown as KernelObject)
  }

  /** A connection that was made and accepted. */
  async connection(): Promise<{ listener: KernelObject; address: string; client: KernelObject; accepted: KernelObject }> {
    const { listener, address } = await this.listener()
    const client = await this.connected(address)
    return { listener, address, client, accepted: await this.accept(listener) }
  }

  localAddress(socket: BorrowedObject): string {
    const address = this.methods(socket).localAddress()
    check(typeof address === 'string', `localAddress answered ${String(address)}`)
    return address
  }
}
