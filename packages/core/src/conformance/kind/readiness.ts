import { errnoOf } from '../../errors/errno.js'
import { ERR, HUP, IN, OUT, PRI, RDHUP } from '../../ready/readiness.js'
import { readiness, whenReady } from '../../ready/promises.js'
import { readAsync, writeAsync } from '../../ready/stream-promises.js'
import { openObjectOf } from '../../object/reference.js'
import { StreamOps } from '../../ops/stream.js'
import { answer, check, equal, equalList } from '../assert.js'
import { arrival, type ExchangeScene, type ObjectScene } from './scene.js'
import type { BorrowedObject } from '../../object/kernel-object.js'
import type { Rules } from '../runner.js'

const EAGAIN = errnoOf('EAGAIN')
const ALL = IN | PRI | OUT | ERR | HUP | RDHUP

/** Of any object whose kind tells when it is ready. */
export const readinessRules: Rules<ObjectScene> = {
  'readiness is a set of poll bits, at any time'(scene) {
    isReadiness(bitsOf(scene.object))
    scene.peer?.release()
    isReadiness(bitsOf(scene.object))
  },

  'changes are told through one queue, the same for the life of the object'({ open, table, object }) {
    const queue = open.kind.ready?.changes(open)
    check(typeof queue?.add === 'function' && typeof queue.wake === 'function', 'changes gave no WaitQueue')
    table.insert(object)
    readiness(open)
    check(open.kind.ready?.changes(open) === queue, 'changes gave another queue: who waits in the first is never woken')
  },
}

/** Readiness agrees with what the methods answer, and each change is told. Of pairs, and of objects that echo. */
export const readyExchangeRules: Rules<ExchangeScene> = {
  async 'IN says that a read does not answer EAGAIN, and its absence that it does'(scene) {
    agree(scene)
    scene.send(scene.payload)
    await arrives(scene, scene.reader, IN)
    agree(scene)
    scene.drain()
    agree(scene)
  },

  async 'OUT says that a write does not answer EAGAIN, and its absence that it does'(scene) {
    const { writer, output, payload } = scene
    check((bitsOf(writer) & OUT) !== 0, 'a new object is not ready to be written')
    scene.send(payload)
    if (scene.fill() === undefined) return
    equal(bitsOf(writer) & OUT, 0, 'OUT when a write answers EAGAIN')
    scene.drain()
    await arrives(scene, writer, OUT)
    check(output.write(payload) !== -EAGAIN, 'a write answered −EAGAIN, and OUT was set')
  },

  async 'bytes that arrive wake who waits, and can then be read'(scene) {
    const seen = watch(scene, scene.reader)
    scene.send(scene.payload)
    await arrives(scene, scene.reader, IN)
    check(
      seen.some((bits) => (bits & IN) !== 0),
      `of ${seen.length} wakes none came when there was something to read`,
    )
  },

  async 'room that comes wakes who waits, and can then be written'(scene) {
    if (scene.fill() === undefined) return
    const seen = watch(scene, scene.writer)
    scene.drain()
    await arrives(scene, scene.writer, OUT)
    check(
      seen.some((bits) => (bits & OUT) !== 0),
      `of ${seen.length} wakes none came when there was room`,
    )
  },

  async 'a read under way ends with the bytes that arrive'(scene) {
    const buffer = new Uint8Array(scene.payload.length)
    const read = arrival(readAsync(scene.reader, buffer, scene.patience), 'a read under way')
    scene.send(scene.payload)
    const count = await read
    check(count > 0, `it answered ${count}`)
    equalList(buffer.subarray(0, count), scene.payload.subarray(0, count), 'bytes read')
  },

  async 'a read under way survives the close of its handle, and ends on the old object'(scene) {
    const { table, payload } = scene
    const handle = table.insert(scene.reader)
    // A reference is no holder. An object that echoes is written through it.
    const rest = scene.keep(table.get(handle)!)
    const output = scene.reader === scene.writer ? rest.as(StreamOps) : scene.output
    const read = arrival(readAsync(rest, new Uint8Array(payload.length), scene.patience), 'a read under way')
    table.close(handle)
    equal(output?.write(payload), payload.length, 'a write to a read under way')
    check((await read) > 0, 'the read ended without bytes')
  },
}

/** The same for bytes: a write can be taken in parts. */
export const readyByteRules: Rules<ExchangeScene> = {
  async 'a write under way ends when there was room for all of it'(scene) {
    const before = scene.fill()
    if (before === undefined) return
    const bytes = Uint8Array.from({ length: 3 * 4096 + 5 }, (_, i) => i % 251)
    const write = arrival(writeAsync(scene.writer, bytes, scene.patience), 'a write under way')
    await scene.receiveAll(before)
    equalList(await scene.receiveAll(bytes.length), bytes, 'bytes read')
    equal(await write, bytes.length, 'bytes written')
  },
}

/** Of pairs: that the other side went is a change too. */
export const readyPeerRules: Rules<ExchangeScene> = {
  async 'a read under way ends at the end of file'(scene) {
    const read = arrival(readAsync(scene.reader, new Uint8Array(8), scene.patience), 'a read under way')
    scene.writer.release()
    equal(await read, 0, 'what it answered')
  },

  async 'a write under way ends when nobody is left to read'(scene) {
    if (scene.fill() === undefined) return
    const bytes = scene.description.unit === 'messages' ? scene.payload : new Uint8Array(4096)
    const write = () =>
      writeAsync(scene.writer, bytes, scene.patience).then(
        () => 'success',
        (error: unknown) => (error as { code?: unknown } | undefined)?.code,
      )
    const underWay = write()
    scene.reader.release()
    let end = await underWay
    // A network takes bytes until it knows.
    const remote = scene.description.sockets?.remote === true
    const lastTry = performance.now() + scene.patience.timeoutMs
    while (remote && end === 'success' && performance.now() < lastTry) end = await write()
    check(end === 'EPIPE' || end === 'ECONNRESET', `a write under way ended with ${String(end)}, expected EPIPE`)
  },

  async 'a reader whose writers are gone is ready, and a read answers at once'(scene) {
    scene.writer.release()
    await arrives(scene, scene.reader, IN)
    check((bitsOf(scene.reader) & (IN | HUP)) !== 0, 'neither IN nor HUP')
    check(scene.input.read(scene.payload.slice()) !== -EAGAIN, 'a read answered −EAGAIN')
  },

  async 'a writer whose readers are gone says ERR or HUP'(scene) {
    scene.reader.release()
    // Over a network one learns at first that no more will come.
    const gone = scene.description.sockets?.remote === true ? ERR | HUP | RDHUP : ERR | HUP
    await arrives(scene, scene.writer, gone)
    check((bitsOf(scene.writer) & gone) !== 0, `its readiness is ${bitsOf(scene.writer)}`)
  },
}

function bitsOf(object: BorrowedObject): number {
  return readiness(openObjectOf(object))
}

/** Waits until an object is ready for this, has failed, or has lost its other side. */
async function arrives({ patience }: ExchangeScene, object: BorrowedObject, event: number): Promise<void> {
  await arrival(whenReady(object, event, patience), 'the wait for a change of readiness')
}

function isReadiness(bits: unknown): void {
  check(Number.isInteger(bits) && ((bits as number) & ~ALL) === 0, `readiness is ${String(bits)}`)
}

/** IN, and what a read answers now. */
function agree({ reader, input, payload }: ExchangeScene): void {
  const ready = (bitsOf(reader) & IN) !== 0
  const count = input.read(payload.slice())
  check((count !== -EAGAIN) === ready, `a read answered ${answer(count)}, and IN was ${ready ? 'set' : 'clear'}`)
}

/** What readiness was at each wake, as the woken side sees it. */
function watch(scene: ExchangeScene, object: BorrowedObject): number[] {
  const open = openObjectOf(object)
  const seen: number[] = []
  const leave = open.kind.ready?.changes(open).add(() => seen.push(readiness(open)))
  scene.atEnd(() => leave?.())
  return seen
}
