import { isHandleError } from '../../errors/handle-error.js'
import { check, equal, equalList, succeeds } from '../assert.js'
import type { Rules } from '../runner.js'
import type { ExchangeScene } from './scene.js'

/** What is written can be read: of pairs, of objects that echo, and of files. */
export const exchangeRules: Rules<ExchangeScene> = {
  async 'what is written is what is read'(scene) {
    scene.send(scene.payload)
    scene.rewind()
    const buffer = new Uint8Array(scene.payload.length + 8)
    const count = await scene.receive(buffer)
    check(count > 0 && count <= scene.payload.length, `a read answered ${count}`)
    equalList(buffer.subarray(0, count), scene.payload.subarray(0, count), 'bytes read')
  },

  async 'a write keeps a copy: what becomes of the bytes afterwards changes nothing'(scene) {
    const bytes = scene.payload.slice()
    scene.send(bytes)
    bytes.fill(0xff)
    scene.rewind()
    await isReceived(scene, scene.payload)
  },

  async 'a write keeps a copy also of an array whose slice is none, as that of a Buffer of Node’s'(scene) {
    const bytes = scene.payload.slice()
    bytes.slice = (start, end) => bytes.subarray(start, end)
    scene.send(bytes)
    bytes.fill(0xff)
    scene.rewind()
    await isReceived(scene, scene.payload)
  },

  async 'a write takes the given part of a larger buffer'(scene) {
    const around = new Uint8Array(scene.payload.length + 32).fill(0xff)
    around.set(scene.payload, 16)
    scene.send(around.subarray(16, 16 + scene.payload.length))
    scene.rewind()
    await isReceived(scene, scene.payload)
  },

  async 'a read answers no more than it was asked for, and fills no byte besides'(scene) {
    const { payload } = scene
    scene.send(payload)
    scene.rewind()
    const room = payload.length + 8
    const around = new Uint8Array(room + 32).fill(0xa5)
    const count = await scene.receive(around.subarray(16, 16 + room))
    check(count > 0 && count <= payload.length, `a read of ${room} bytes answered ${count}, with ${payload.length} there`)
    equalList(around.subarray(16, 16 + count), payload.subarray(0, count), 'bytes read')
    check(
      around.every((byte, i) => byte === 0xa5 || (i >= 16 && i < 16 + count)),
      'a read filled bytes that it did not count',
    )
  },

  async 'a read into fewer bytes than there are answers no more than those'(scene) {
    scene.send(scene.payload)
    scene.rewind()
    // A kind of messages may refuse to cut one (mq_receive(3)).
    const count = await scene.receive(new Uint8Array(1)).catch((error: unknown) => {
      const { cause } = error as Error
      if (isHandleError(cause) && cause.code === 'EMSGSIZE') return 0
      throw error
    })
    check(count >= 0 && count <= 1, `a read of 1 byte answered ${String(count)}, with ${String(scene.payload.length)} there`)
  },

  async 'bytes in shared memory go out and come in as any others'(scene) {
    if (typeof SharedArrayBuffer === 'undefined') return
    const { length } = scene.payload
    const out = new Uint8Array(new SharedArrayBuffer(length + 8), 4, length)
    out.set(scene.payload)
    scene.send(out)
    scene.rewind()
    const into = new Uint8Array(new SharedArrayBuffer(length + 8), 8, length)
    const count = await scene.receive(into)
    equalList(into.slice(0, count), scene.payload.subarray(0, count), 'bytes read')
  },
}

/** The same for bytes, as opposed to messages: they can be taken in parts. */
export const byteExchangeRules: Rules<ExchangeScene> = {
  async 'a read that is too small for all leaves the rest'(scene) {
    const { payload } = scene
    scene.send(payload)
    scene.rewind()
    const some = new Uint8Array(Math.ceil(payload.length / 3))
    const count = succeeds(await scene.receive(some), 'a read')
    check(count <= some.length, `a read of ${some.length} bytes answered ${count}`)
    equalList(some.subarray(0, count), payload.subarray(0, count), 'the first bytes')
    equalList(await scene.receiveAll(payload.length - count), payload.subarray(count), 'the rest')
  },

  async 'bytes keep their order over many writes'(scene) {
    const { payload } = scene
    const pieces = [payload.subarray(0, 1), payload.subarray(1), payload]
    for (const piece of pieces) await scene.sendAll(piece)
    scene.rewind()
    equalList(await scene.receiveAll(2 * payload.length), [...payload, ...payload], 'bytes read')
  },
}

/** Reads the payload, whole if it is a message. */
async function isReceived(scene: ExchangeScene, expected: Uint8Array): Promise<void> {
  if (scene.description.unit !== 'messages') {
    equalList(await scene.receiveAll(expected.length), expected, 'bytes read')
    return
  }
  const buffer = new Uint8Array(expected.length)
  equal(await scene.receive(buffer), expected.length, 'the length of the message')
  equalList(buffer, expected, 'the message')
}
