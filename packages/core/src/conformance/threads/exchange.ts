import { answers, check, equal, equalList, succeeds } from '../assert.js'
import type { Rules } from '../runner.js'
import type { SharedScene } from './scene.js'

/** What one thread writes, another one reads. */
export const sharedExchangeRules: Rules<SharedScene> = {
  async 'what this thread writes, another one reads'({ here, there, reader, writer, payload }) {
    answers(here.write(writer, payload), payload.length, 'a write')
    const { answer, bytes } = await there.ask('read', reader, payload.length)
    answers(answer, payload.length, 'a read in the other thread')
    equalList(bytes, payload, 'bytes read')
  },

  async 'what another thread writes, this one reads'({ here, there, reader, writer, payload }) {
    answers(await there.ask('write', writer, payload), payload.length, 'a write in the other thread')
    const { answer, bytes } = here.read(reader, payload.length)
    answers(answer, payload.length, 'a read')
    equalList(bytes, payload, 'bytes read')
  },

  async 'what is read in one thread is gone for the other'({ here, there, reader, writer, payload }) {
    answers(here.write(writer, payload), payload.length, 'a write')
    answers((await there.ask('read', reader, payload.length)).answer, payload.length, 'a read in the other thread')
    check(here.read(reader, payload.length).answer <= 0, 'this thread reads it once more')
  },
}

/** Two sides, bytes in a row. */
export const sharedStreamRules: Rules<SharedScene> = {
  async 'many pieces come whole and in order, while both threads work'(scene) {
    const { there, reader, writer } = scene
    const all = differentBytes()
    const read = there.ask('readAllBlocking', reader, all.length)
    for (let at = 0; at < all.length;) {
      at += await scene.write(writer, all.subarray(at, at + 1 + ((at * 31) % 7000)))
    }
    const { answer, bytes } = await read
    answers(answer, all.length, 'a read of all in the other thread')
    check(
      all.every((byte, i) => bytes[i] === byte),
      'bytes are lost, or come in another order',
    )
  },

  async 'many pieces that another thread writes come whole and in order'(scene) {
    const { there, reader, writer } = scene
    const all = differentBytes()
    const written = there.ask('writeBlocking', writer, all)
    const bytes = new Uint8Array(all.length)
    for (let at = 0; at < all.length;) {
      const count = await scene.read(reader, bytes.subarray(at, at + 1 + ((at * 31) % 7000)))
      check(count > 0, 'the end of file comes before all bytes')
      at += count
    }
    answers(await written, all.length, 'the write in the other thread')
    check(
      all.every((byte, i) => bytes[i] === byte),
      'bytes are lost, or come in another order',
    )
  },
}

/** Two sides: when one of them counts as gone. */
export const sharedEndRules: Rules<SharedScene> = {
  async 'when another thread closes the last writer, a read gives what is left, and then 0, each time'({
    here,
    there,
    reader,
    writer,
    payload,
  }) {
    answers(await there.ask('write', writer, payload), payload.length, 'a write in the other thread')
    answers(await there.ask('close', writer), 0, 'a close in the other thread')
    equalList(here.read(reader, payload.length).bytes, payload, 'what was left')
    for (const time of ['first', 'second']) answers(here.read(reader, payload.length).answer, 0, `the ${time} read at the end`)
  },

  async 'when this thread closes the last writer, another one reads what is left, and then 0'({
    here,
    there,
    reader,
    writer,
    payload,
  }) {
    await there.ask('readiness', reader)
    answers(here.write(writer, payload), payload.length, 'a write')
    answers(here.close(writer), 0, 'a close')
    equalList((await there.ask('read', reader, payload.length)).bytes, payload, 'what was left')
    answers((await there.ask('read', reader, payload.length)).answer, 0, 'a read at the end')
  },

  async 'when another thread closes the last reader, a write is EPIPE'({ here, there, reader, writer, payload }) {
    answers(await there.ask('close', reader), 0, 'a close in the other thread')
    answers(here.write(writer, payload), 'EPIPE', 'a write')
  },

  async 'when this thread closes the last reader, a write in another one is EPIPE'({ here, there, reader, writer, payload }) {
    await there.ask('readiness', writer)
    answers(here.close(reader), 0, 'a close')
    answers(await there.ask('write', writer, payload), 'EPIPE', 'a write in the other thread')
  },

  async 'when the last reader goes with bytes unread, a write is EPIPE, or ECONNRESET first'({
    here,
    there,
    reader,
    writer,
    payload,
  }) {
    answers(here.write(writer, payload), payload.length, 'a write')
    answers(await there.ask('close', reader), 0, 'a close in the other thread')
    answers(here.write(writer, payload), ['EPIPE', 'ECONNRESET'], 'a write')
    answers(here.write(writer, payload), 'EPIPE', 'the write after it')
  },

  async 'a thread that dies with the last writer leaves the end of file'({ here, there, reader, writer, payload }) {
    answers(await there.ask('take', writer), 0, 'to take the writer out of the table in the other thread')
    answers(here.read(reader, payload.length).answer, 'EAGAIN', 'a read while the other thread has the writer')
    await there.end()
    answers(here.read(reader, payload.length).answer, 0, 'a read')
  },

  async 'a thread that dies with the last reader leaves a broken pipe'({ here, there, reader, writer, payload }) {
    answers(await there.ask('take', reader), 0, 'to take the reader out of the table in the other thread')
    await there.end()
    answers(here.write(writer, payload), 'EPIPE', 'a write')
  },

  async 'a reference in another thread is no writer: the end of file does not wait for it'({
    here,
    there,
    reader,
    writer,
    payload,
  }) {
    answers(await there.ask('keep', writer), 0, 'a reference in the other thread')
    answers(here.close(writer), 0, 'a close')
    answers(here.read(reader, payload.length).answer, 0, 'a read')
  },
}

/** The same, where ends can be duplicated: a side is gone with the last of its holders, whichever thread has it. */
export const sharedEndDupRules: Rules<SharedScene> = {
  async 'a dup that another thread makes is one writer more: the end of file comes after the last'({
    here,
    there,
    reader,
    writer,
    payload,
  }) {
    const copy = succeeds(await there.ask('dup', writer), 'a dup in the other thread')
    answers(here.close(writer), 0, 'a close')
    answers(here.read(reader, payload.length).answer, 'EAGAIN', 'a read while the other thread has a writer')
    answers(await there.ask('close', copy), 0, 'a close in the other thread')
    answers(here.read(reader, payload.length).answer, 0, 'a read after the last writer')
  },

  async 'a dup that another thread makes is one reader more: a write is EPIPE after the last'({
    here,
    there,
    reader,
    writer,
    payload,
  }) {
    const copy = succeeds(await there.ask('dup', reader), 'a dup in the other thread')
    answers(here.close(reader), 0, 'a close')
    answers(here.write(writer, payload), payload.length, 'a write while the other thread has a reader')
    equal((await there.ask('read', copy, payload.length)).answer, payload.length, 'what that reader reads')
    answers(await there.ask('close', copy), 0, 'a close in the other thread')
    answers(here.write(writer, payload), 'EPIPE', 'a write after the last reader')
  },
}

/** What a pipe tells, as both threads see it. */
export const sharedPipeRules: Rules<SharedScene> = {
  async 'all threads count the same peers'({ here, there, reader, writer }) {
    await equalPeers(1)
    const copy = succeeds(await there.ask('dup', writer), 'a dup in the other thread')
    await equalPeers(2)
    answers(here.close(writer), 0, 'a close')
    await equalPeers(1)
    answers(await there.ask('close', copy), 0, 'a close in the other thread')
    await equalPeers(0)

    async function equalPeers(expected: number): Promise<void> {
      answers(here.peers(reader), expected, 'peerCount')
      answers(await there.ask('peers', reader), expected, 'peerCount in the other thread')
    }
  },

  async 'a capacity that one thread sets is that of the other too'({ here, there, reader, writer }) {
    const capacity = await there.ask('setCapacity', writer, 8192)
    if (capacity < 0) return
    answers(here.capacity(reader), capacity, 'the capacity')
  },
}

/** More bytes than any buffer of a new object takes, in which no two places look alike. */
function differentBytes(): Uint8Array {
  return Uint8Array.from({ length: 300_000 }, (_, i) => i ^ (i >> 8) ^ (i >> 16))
}
