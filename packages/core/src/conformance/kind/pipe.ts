import { ControlOps, FIONREAD } from '../../ops/control.js'
import { PipeOps } from '../../ops/pipe.js'
import { ERR, HUP, IN, OUT } from '../../ready/readiness.js'
import { readiness } from '../../ready/promises.js'
import { openObjectOf } from '../../object/reference.js'
import { answers, check, equal } from '../assert.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { PipeMethods } from '../../ops/pipe.js'
import type { Rules } from '../runner.js'
import type { ExchangeScene } from './scene.js'

const PAGE = 4096

/** What pipe(7) says of pipes. Sizes are bytes. */
export const pipeRules: Rules<ExchangeScene> = {
  'bytes waiting are those written and not read, at both ends'(scene) {
    const waiting = (expected: number) => {
      answers(pipe(scene.reader).bytesWaiting(), expected, 'bytesWaiting of the reader')
      answers(pipe(scene.writer).bytesWaiting(), expected, 'bytesWaiting of the writer')
    }
    waiting(0)
    scene.send(new Uint8Array(100))
    waiting(100)
    scene.input.read(new Uint8Array(30))
    waiting(70)
    const control = scene.reader.as(ControlOps)
    if (control === undefined) return
    const count = new Int32Array(1)
    answers(control.control(FIONREAD, new Uint8Array(count.buffer)), 0, 'FIONREAD')
    equal(count[0], 70, 'what FIONREAD tells')
  },

  'it takes exactly its capacity'(scene) {
    const { writer, output } = scene
    const capacity = pipe(writer).capacity()
    equal(pipe(scene.reader).capacity(), capacity, 'the capacity, seen from the reader')
    check(capacity >= PAGE && (capacity & (capacity - 1)) === 0, `a capacity of ${capacity}`)
    answers(output.write(new Uint8Array(capacity)), capacity, 'a write of the capacity')
    answers(output.write(new Uint8Array(1)), 'EAGAIN', 'a write to a full pipe')
  },

  'a resize goes up to a page and a power of two'({ writer, reader }) {
    for (const [asked, given] of [
      [0, PAGE],
      [1, PAGE],
      [PAGE, PAGE],
      [PAGE + 1, 2 * PAGE],
      [3 * PAGE, 4 * PAGE],
      [65537, 131072],
    ] as const) {
      answers(pipe(writer).setCapacity(asked), given, `setCapacity(${asked})`)
      answers(pipe(reader).capacity(), given, 'the capacity after it')
    }
  },

  'a resize to less than is stored is EBUSY, and changes nothing'(scene) {
    answers(pipe(scene.writer).setCapacity(4 * PAGE), 4 * PAGE, 'setCapacity')
    scene.send(new Uint8Array(2 * PAGE + 1))
    answers(pipe(scene.writer).setCapacity(2 * PAGE), 'EBUSY', 'setCapacity below what is stored')
    answers(pipe(scene.writer).capacity(), 4 * PAGE, 'the capacity after it')
    answers(pipe(scene.reader).bytesWaiting(), 2 * PAGE + 1, 'bytesWaiting after it')
  },

  'a resize keeps what is stored, in its order'(scene) {
    const { output, input, writer } = scene
    const bytes = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => (i + from) % 251)
    answers(pipe(writer).setCapacity(PAGE), PAGE, 'setCapacity')
    output.write(bytes(4000, 0))
    input.read(new Uint8Array(3900))
    output.write(bytes(1000, 4000))
    answers(pipe(writer).setCapacity(2 * PAGE), 2 * PAGE, 'setCapacity')
    const rest = new Uint8Array(2000)
    answers(input.read(rest), 1100, 'a read of the rest')
    check(
      bytes(1100, 3900).every((byte, i) => rest[i] === byte),
      'the bytes changed with the capacity',
    )
  },

  'a resize over the highest is EPERM, a negative one EINVAL'({ writer }) {
    const before = pipe(writer).capacity()
    answers(pipe(writer).setCapacity(2 ** 31), 'EPERM', 'setCapacity(2 GiB)')
    answers(pipe(writer).setCapacity(-1), 'EINVAL', 'setCapacity(−1)')
    answers(pipe(writer).capacity(), before, 'the capacity after it')
  },

  'a write of at most 4096 bytes goes in whole or not at all'({ output, writer, reader, input }) {
    const capacity = pipe(writer).setCapacity(4 * PAGE)
    answers(output.write(new Uint8Array(capacity - 10)), capacity - 10, 'a write that leaves room for 10')
    answers(output.write(new Uint8Array(11)), 'EAGAIN', 'a write of 11')
    answers(output.write(new Uint8Array(PAGE)), 'EAGAIN', 'a write of 4096')
    answers(pipe(reader).bytesWaiting(), capacity - 10, 'bytesWaiting after both')
    answers(input.read(new Uint8Array(PAGE)), PAGE, 'a read of 4096')
    answers(output.write(new Uint8Array(PAGE)), PAGE, 'a write of 4096 after it')
  },

  'a longer write goes in as far as there is room'({ output, writer }) {
    const capacity = pipe(writer).setCapacity(4 * PAGE)
    output.write(new Uint8Array(capacity - 2 * PAGE))
    answers(output.write(new Uint8Array(3 * PAGE)), 2 * PAGE, 'a write of 12288 with room for 8192')
    answers(output.write(new Uint8Array(3 * PAGE)), 'EAGAIN', 'the same with no room')
  },

  'a read or write of no bytes answers 0 with nothing in it, when it is full, and without the other side'(scene) {
    const none = new Uint8Array(0)
    answers(scene.input.read(none), 0, 'a read from an empty pipe')
    scene.fill()
    answers(scene.output.write(none), 0, 'a write to a full pipe')
    scene.reader.release()
    answers(scene.output.write(none), 0, 'a write without a reader')
  },

  'OUT is there exactly when a write of 4096 bytes would succeed'({ output, input, writer }) {
    const capacity = pipe(writer).capacity()
    output.write(new Uint8Array(capacity - PAGE))
    equal(bits(writer), OUT, 'readiness with room for 4096')
    output.write(new Uint8Array(1))
    equal(bits(writer), 0, 'readiness with room for 4095')
    input.read(new Uint8Array(PAGE))
    equal(bits(writer), OUT, 'readiness with room again')
  },

  'a reader without a writer says HUP, and IN besides while there is something'(scene) {
    scene.send(scene.payload)
    scene.writer.release()
    equal(bits(scene.reader), IN | HUP, 'readiness with something to read')
    scene.drain()
    equal(bits(scene.reader), HUP, 'readiness with nothing to read')
  },

  'a writer without a reader says ERR, and OUT besides while there is room'(scene) {
    scene.reader.release()
    equal(bits(scene.writer), OUT | ERR, 'readiness')
  },
}

/** The same, where ends can be duplicated. */
export const pipeDupRules: Rules<ExchangeScene> = {
  'peers are the holders at the other side, dups included'({ table, reader, writer }) {
    answers(pipe(reader).peerCount(), 1, "the reader's peerCount")
    const ends = pipe(reader)
    const handle = table.insert(writer)
    const copy = table.dup(handle)
    answers(ends.peerCount(), 2, "the reader's peerCount after a dup of the writer")
    const fork = table.deepClone()
    answers(ends.peerCount(), 4, "the reader's peerCount after a fork")
    fork.dispose()
    table.get(handle)?.release()
    table.close(copy)
    answers(ends.peerCount(), 1, "the reader's peerCount after all but one were closed")
    table.close(handle)
    answers(ends.peerCount(), 0, "the reader's peerCount after the last writer")
  },
}

function pipe(end: KernelObject): PipeMethods {
  const methods = end.as(PipeOps)
  check(methods !== undefined, 'an end of the pipe is without ht:pipe')
  return methods
}

function bits(object: KernelObject): number {
  return readiness(openObjectOf(object))
}
