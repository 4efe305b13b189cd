import { errnoOf } from '../../errors/errno.js'
import { ERR, IN } from '../../ready/readiness.js'
import { readiness, whenReady } from '../../ready/promises.js'
import { openObjectOf } from '../../object/reference.js'
import { answers, calm, check, equalList } from '../assert.js'
import { arrival, type ExchangeScene } from './scene.js'
import type { BorrowedObject, KernelObject } from '../../object/kernel-object.js'
import type { Handle } from '../../table/slots.js'
import type { Rules } from '../runner.js'

const EAGAIN = errnoOf('EAGAIN')

/** Two sides: when one of them counts as gone. */
export const peerRules: Rules<ExchangeScene> = {
  async 'after the last writer a read gives what is left, and then 0, each time'(scene) {
    scene.send(scene.payload)
    scene.writer.release()
    equalList(await scene.receiveAll(scene.payload.length), scene.payload, 'what was left')
    await ended(scene)
    await ended(scene)
  },

  async 'a write answers EPIPE when nobody is left to read'(scene) {
    scene.reader.release()
    await broken(scene)
  },

  'closing one side leaves the other side usable'({ table, reader, writer, input, payload, description }) {
    const handle = table.insert(writer)
    const held = openObjectOf(reader)
    table.close(handle)
    check(!held.released, 'the reader was released with the writer')
    const rest = calm(() => input.read(payload.slice()), 'a read')
    check(rest >= 0 || (rest === -EAGAIN && description.sockets?.remote === true), 'a read of the rest failed')
  },
}

/** The same where ends can be duplicated: a side is gone with the last of its holders. */
export const peerDupRules: Rules<ExchangeScene> = {
  async 'a dup is one writer more: the end of file comes after the last'(scene) {
    const [handle, copy] = twice(scene, scene.writer)
    scene.table.close(handle)
    notEnded(scene)
    scene.table.close(copy)
    await ended(scene)
  },

  async 'a dup is one reader more: the pipe breaks after the last'(scene) {
    const [handle, copy] = twice(scene, scene.reader)
    scene.table.close(handle)
    scene.send(scene.payload)
    scene.table.close(copy)
    await broken(scene)
  },

  async "a fork's copy is a writer more, until its table ends"(scene) {
    const handle = scene.table.insert(scene.writer)
    const fork = scene.keep(scene.table.deepClone())
    scene.table.close(handle)
    notEnded(scene)
    fork.dispose()
    await ended(scene)
  },

  async 'a result of cloneForDup is a writer more, before it has a number'(scene) {
    const handle = scene.table.insert(scene.writer)
    const copy = scene.keep(scene.table.cloneForDup(handle)!)
    scene.table.close(handle)
    notEnded(scene)
    copy.release()
    await ended(scene)
  },

  async 'a reference from get is no writer: the end of file does not wait for it'(scene) {
    const handle = scene.table.insert(scene.writer)
    scene.keep(scene.table.get(handle)!)
    scene.table.close(handle)
    await ended(scene)
  },

  async 'a reference from get becomes a writer when it is inserted'(scene) {
    const { table } = scene
    const handle = table.insert(scene.writer)
    const copy = table.insert(scene.keep(table.get(handle)!))
    table.close(handle)
    notEnded(scene)
    table.close(copy)
    await ended(scene)
  },

  async 'a dup that found no number counts as no writer'(scene) {
    const { table } = scene
    const handle = table.insert(scene.writer)
    table.setLimit(1)
    answers(table.dupErrno(handle), 'EMFILE', 'dup in a full table')
    answers(table.insertErrno(scene.keep(table.get(handle)!)), 'EMFILE', 'insert into a full table')
    table.close(handle)
    await ended(scene)
  },
}

function twice({ table }: ExchangeScene, object: KernelObject): [Handle, Handle] {
  const handle = table.insert(object)
  return [handle, table.dup(handle)]
}

/** A read answers 0, now or soon. */
async function ended(scene: ExchangeScene): Promise<void> {
  await gone(scene, scene.reader, 'the end of file')
  answers(scene.input.read(scene.payload.slice()), 0, 'a read after the last writer')
}

function notEnded({ input, payload }: ExchangeScene): void {
  answers(input.read(payload.slice()), 'EAGAIN', 'a read while there is a writer, and nothing to read,')
}

/** A write answers EPIPE, now or soon. */
async function broken(scene: ExchangeScene): Promise<void> {
  await gone(scene, scene.writer, 'the break of the pipe')
  let first = scene.output.write(scene.payload)
  if (first > 0 && scene.description.sockets?.remote === true) {
    // A network tells of it when it was given bytes for one who has gone.
    await arrival(whenReady(scene.writer, ERR, scene.patience), 'the wait for the break of the connection')
    first = scene.output.write(scene.payload)
  }
  // A peer that went without reading all may be told of as a reset first.
  answers(first, ['EPIPE', 'ECONNRESET'], 'a write after the last reader')
  answers(scene.output.write(scene.payload), 'EPIPE', 'the write after it')
}

/** Some kinds learn only later that the other side went. */
async function gone({ patience }: ExchangeScene, object: BorrowedObject, what: string): Promise<void> {
  const open = openObjectOf(object)
  if (open.kind.ready === undefined || (readiness(open) & IN) !== 0) return
  await arrival(whenReady(object, IN, patience), `the wait for ${what}`)
}
