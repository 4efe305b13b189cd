import { ERR, HUP, IN, OUT } from '../../ready/readiness.js'
import { answers, equal, equalList } from '../assert.js'
import type { Rules } from '../runner.js'
import type { SharedScene } from './scene.js'

/** Calls that block in another thread, and changes that are told across threads. */
export const sharedWaitingRules: Rules<SharedScene> = {
  async 'a read that blocks in another thread is woken by a write'(scene) {
    const { here, there, reader, writer, payload } = scene
    const read = there.ask('readBlocking', reader, payload.length)
    await scene.untilAsleep(reader)
    answers(here.write(writer, payload), payload.length, 'a write')
    const { answer, bytes } = await read
    answers(answer, payload.length, 'the read that was blocked')
    equalList(bytes, payload, 'bytes read')
  },

  async 'a write that blocks in another thread is woken by room'(scene) {
    const { there, writer, payload } = scene
    if (scene.fill() === undefined) return
    const write = there.ask('writeBlocking', writer, payload)
    await scene.untilAsleep(writer)
    scene.drain()
    answers(await write, payload.length, 'the write that was blocked')
  },

  async 'a wait for readiness in another thread is woken by what it waits for'(scene) {
    const { here, there, reader, writer, payload } = scene
    const wait = there.ask('waitBlocking', reader, IN)
    await scene.untilAsleep(reader)
    answers(here.write(writer, payload), payload.length, 'a write')
    equal((await wait) & IN, IN, 'IN in the other thread')
  },

  async 'what arrives by another thread is told to who listens in this one'(scene) {
    const seen = scene.listen(scene.reader)
    answers(await scene.there.ask('write', scene.writer, scene.payload), scene.payload.length, 'a write in the other thread')
    await scene.until(() => seen.some((bits) => (bits & IN) !== 0), 'a wake comes with IN')
  },

  async 'room that another thread makes is told to who listens in this one'(scene) {
    if (scene.fill() === undefined) return
    const seen = scene.listen(scene.writer)
    await scene.until(
      async () => (await scene.there.ask('read', scene.reader, 65_536)).answer <= 0,
      'the other thread has read all',
    )
    await scene.until(() => seen.some((bits) => (bits & OUT) !== 0), 'a wake comes with OUT')
  },

  async 'all threads see the same readiness, as it is now'(scene) {
    const { here, reader, writer, payload } = scene
    await equalBits(scene, 'of what is new')
    answers(here.write(writer, payload), payload.length, 'a write')
    await equalBits(scene, 'with something to read')
    equal(here.readiness(reader) & IN, IN, 'IN with something to read')
    answers(here.read(reader, payload.length).answer, payload.length, 'a read')
    if (scene.fill() === undefined) return
    await equalBits(scene, 'of what is full')
    equal(here.readiness(writer) & OUT, 0, 'OUT without room')
  },

  async 'a call of another thread does not block where this one has set NonBlocking'({ here, there, reader, payload }) {
    answers(here.setFlags(reader, ['NonBlocking']), 0, 'to set NonBlocking')
    answers((await there.ask('readBlocking', reader, payload.length)).answer, 'EAGAIN', 'a read with nothing there')
  },

  async 'a read that blocks in another thread lives on when its handle is closed, and ends on the old object'(scene) {
    const { here, there, table, reader, writer, payload } = scene
    // A reference is no holder. An object that echoes is written through it.
    const kept = table.get(writer)
    const read = there.ask('readBlocking', reader, payload.length)
    await scene.untilAsleep(reader)
    answers(here.close(reader), 0, 'a close')
    const output = kept && table.insert(kept)
    answers(here.write(output ?? -1, payload), payload.length, 'a write while the read is under way')
    answers((await read).answer, payload.length, 'the read that was blocked')
  },
}

/** The same of two sides. */
export const sharedWaitingEndRules: Rules<SharedScene> = {
  async 'a read that blocks in another thread ends with 0 when the last writer is closed'(scene) {
    const { here, there, reader, writer, payload } = scene
    const read = there.ask('readBlocking', reader, payload.length)
    await scene.untilAsleep(reader)
    answers(here.close(writer), 0, 'a close')
    answers((await read).answer, 0, 'the read that was blocked')
  },

  async 'a write that blocks in another thread ends when the last reader is closed: EPIPE, or ECONNRESET'(scene) {
    const { here, there, reader, writer, payload } = scene
    if (scene.fill() === undefined) return
    const write = there.ask('writeBlocking', writer, payload)
    await scene.untilAsleep(writer)
    answers(here.close(reader), 0, 'a close')
    answers(await write, ['EPIPE', 'ECONNRESET'], 'the write that was blocked')
  },

  async 'the last writer that another thread closes is told to who listens in this one'(scene) {
    const seen = scene.listen(scene.reader)
    answers(await scene.there.ask('close', scene.writer), 0, 'a close in the other thread')
    await scene.until(() => seen.some((bits) => (bits & (IN | HUP)) !== 0), 'a wake comes with IN or HUP')
    await equalBits(scene, 'without a writer', [scene.reader])
  },

  async 'the last reader that another thread closes is told to who listens in this one'(scene) {
    const seen = scene.listen(scene.writer)
    answers(await scene.there.ask('close', scene.reader), 0, 'a close in the other thread')
    await scene.until(() => seen.some((bits) => (bits & (ERR | HUP)) !== 0), 'a wake comes with ERR or HUP')
    await equalBits(scene, 'without a reader', [scene.writer])
  },

  async 'a thread that dies with the last writer ends a read that blocks in another one: 0'(scene) {
    const { here, there, reader, writer, payload } = scene
    const other = await scene.start()
    answers(await there.ask('take', writer), 0, 'to take the writer out of the table in the other thread')
    const read = other.ask('readBlocking', reader, payload.length)
    await scene.untilAsleep(reader, other)
    await there.end()
    answers((await read).answer, 0, 'the read that was blocked')
    answers(here.read(reader, payload.length).answer, 0, 'a read')
  },
}

async function equalBits({ here, there, reader, writer }: SharedScene, when: string, handles = [reader, writer]): Promise<void> {
  for (const handle of handles) {
    equal(await there.ask('readiness', handle), here.readiness(handle), `readiness in the other thread, ${when},`)
  }
}
