import { answers, caught, check, equal, equalList, throws } from '../assert.js'
import { probeKind } from './scene.js'
import { defineKind } from '../../kind/define-kind.js'
import type { Rules } from '../runner.js'
import type { TableScene } from './scene.js'

/** Where new handles come to be. */
export const placingRules: Rules<TableScene> = {
  'a new handle is the lowest free number'(scene) {
    const { table } = scene
    scene.fill(70)
    equalList(
      table.activeHandles(),
      Array.from({ length: 70 }, (_, i) => i),
      'the first handles',
    )
    for (const handle of [64, 3, 33]) table.close(handle)
    for (const expected of [3, 33, 64, 70]) equal(table.insert(scene.probe().object), expected, 'the next handle')
  },

  "a full table is EMFILE, and the reference stays the caller's"(scene) {
    const table = scene.make({ capacity: 2 })
    scene.fill(2, table)
    const { object, open, calls } = scene.probe()
    throws(() => table.insert(object), 'EMFILE', 'insert')
    throws(() => table.insertWithMetadata(object, {}), 'EMFILE', 'insertWithMetadata')
    answers(table.insertErrno(object), 'EMFILE', 'insertErrno')
    answers(table.insertWithMetadataErrno(object, {}), 'EMFILE', 'insertWithMetadataErrno')
    throws(() => table.reserve(), 'EMFILE', 'reserve')
    check(object.isLive, 'the reference is over')
    equal(open.references, 1, 'its references')
    equalList(calls, [], 'hooks called')
    table.close(0)
    equal(table.insert(object), 0, 'the handle when there is room')
  },

  'numbers start at 0 again when all was closed'(scene) {
    const table = scene.make({ capacity: 40 })
    scene.fill(40, table)
    table.closeAll()
    equal(table.insert(scene.probe().object), 0, 'the next handle')
  },

  'an insert takes the reference over'(scene) {
    const { table } = scene
    const { object, open, calls } = scene.probe()
    const handle = table.insert(object)
    check(!object.isLive, 'the reference is live, and the table has the object too')
    object.release()
    check(table.isValidHandle(handle), 'a release of the reference closed the handle')
    equal(open.references, 1, 'references')
    equalList(calls, [], 'hooks called')
  },

  'several objects get handles all together or not at all'(scene) {
    const table = scene.make({ capacity: 4 })
    scene.fill(3, table)
    table.close(1)
    const three = [scene.probe(), scene.probe(), scene.probe()]
    throws(() => table.insertAll(three.map(({ object }) => object)), 'EMFILE', 'insertAll of three into room for two')
    equalList(table.activeHandles(), [0, 2], 'open handles after it')
    for (const { object, calls } of three) {
      check(object.isLive, 'a reference is over')
      equalList(calls, [], 'hooks called')
    }
    equalList(table.insertAll(three.slice(1).map(({ object }) => object)), [1, 3], 'insertAll of two')
  },

  'an insert at or above a minimum takes the lowest free number there'(scene) {
    const { table } = scene
    scene.fill(3)
    equal(table.insertAtOrAbove(1, scene.probe().object), 3, 'the handle at or above 1')
    equal(table.insertAtOrAbove(100, scene.probe().object), 100, 'the handle at or above 100')
    equal(table.insertAtOrAbove(100, scene.probe().object), 101, 'the handle at or above 100 again')
    equal(table.insert(scene.probe().object), 4, 'the next handle')
  },

  'a minimum that is negative, or not below the limit, is EINVAL; no number above it EMFILE'(scene) {
    const table = scene.make({ capacity: 8, limit: 4 })
    const { object } = scene.probe()
    for (const minimum of [-1, 4, 8, 1.5, NaN]) {
      throws(() => table.insertAtOrAbove(minimum, object), 'EINVAL', `insertAtOrAbove(${minimum})`)
      answers(table.insertAtOrAboveErrno(minimum, object), 'EINVAL', `insertAtOrAboveErrno(${minimum})`)
    }
    table.insertAtOrAbove(3, scene.probe().object)
    throws(() => table.insertAtOrAbove(3, object), 'EMFILE', 'insertAtOrAbove(3) again')
    check(object.isLive, 'the reference is over')
  },

  'replace gives a number another object in one step, and releases what it named before'(scene) {
    const { table } = scene
    const old = scene.probe({
      release() {
        seen = table.withObject(0, (it) => it.id)
      },
    })
    let seen: unknown
    table.insert(old.object)
    const next = scene.probe()
    equal(table.replace(0, next.object), 0, 'replace')
    equalList(old.calls, ['drop', 'release'], 'hooks of the old object')
    equal(seen, next.open.id, 'what the number named when the old object was released')
    equal(table.replace(7, scene.probe().object), 7, 'replace of a free number')
    equal(table.openCount(), 2, 'open handles')
  },

  'replace at a number that is negative, or not below the limit, is EBADF'(scene) {
    const table = scene.make({ capacity: 8, limit: 4 })
    const { object } = scene.probe()
    for (const handle of [-1, 4, 8, 0.5, NaN]) {
      throws(() => table.replace(handle, object), 'EBADF', `replace(${handle})`)
      answers(table.replaceErrno(handle, object), 'EBADF', `replaceErrno(${handle})`)
    }
    check(object.isLive, 'the reference is over')
  },

  'a table of some kinds takes no others'(scene) {
    const table = scene.make({ kinds: [probeKind] })
    table.insert(scene.probe().object)
    const stranger = scene.keep(defineKind<null>({ name: 'conformance:stranger' }).open(null))
    throws(() => table.insert(stranger), 'EINVAL', 'insert of another kind')
    check(stranger.isLive, 'the reference is over')
    equal(table.openCount(), 1, 'open handles')
  },

  "what is no object, or not the caller's any more, is refused"(scene) {
    const { table } = scene
    for (const value of [undefined, null, 7, 'text', {}, table]) {
      throws(() => table.insert(value as never), 'EINVAL', 'insert of what is no object')
    }
    const { object } = scene.probe()
    table.insert(object)
    throws(() => table.insert(object), 'EBADF', 'insert of a reference that a table has')
    const released = scene.probe().object
    released.release()
    throws(() => table.insert(released), 'EBADF', 'insert of a released reference')
    const twice = scene.probe().object
    throws(() => table.insertAll([twice, twice]), 'EINVAL', 'insertAll of one reference twice')
    check(twice.isLive, 'the reference is over')
    equal(table.openCount(), 1, 'open handles')
  },

  'a placement that a hook refuses changes nothing'(scene) {
    const { table } = scene
    const mute = scene.probe({
      infer() {
        throw new Error('refused')
      },
    })
    caught(() => table.insert(mute.object), 'insert with an inferMetadata that throws')
    check(mute.object.isLive, 'the reference is over')
    const alone = scene.probe({
      clone() {
        throw new Error('refused')
      },
    })
    const handle = table.insert(alone.object)
    const reference = scene.keep(got(scene, handle))
    caught(() => table.insert(reference), 'insert of a reference from get, with a cloneForDup that throws')
    const good = scene.probe()
    caught(() => table.insertAll([good.object, reference]), 'insertAll with one that is refused')
    equal(table.openCount(), 1, 'open handles')
    equal(alone.open.holders, 1, 'holders of the refused object')
    check(reference.isLive && good.object.isLive, 'a reference is over')
    equal(table.insert(good.object), 1, 'the next handle')
  },
}

/** Numbers that are taken before there is an object for them. */
export const reservingRules: Rules<TableScene> = {
  'a reserved number is taken, and not open'(scene) {
    const { table } = scene
    const reservation = table.reserve()
    equal(reservation.handle, 0, 'the reserved number')
    equal(table.insert(scene.probe().object), 1, 'the next handle')
    check(!table.isValidHandle(0), 'it is open')
    equal(table.openCount(), 1, 'open handles')
    equalList(table.activeHandles(), [1], 'active handles')
    answers(table.closeErrno(0), 'EBADF', 'close of it')
    answers(table.dupErrno(0), 'EBADF', 'dup of it')
    equal(
      table.withObject(0, () => 'called'),
      undefined,
      'a lookup of it',
    )
  },

  'a placement onto a reserved number is EBUSY'(scene) {
    const { table } = scene
    const reservation = table.reserve()
    const handle = table.insert(scene.probe().object)
    throws(() => table.dup2(handle, reservation.handle), 'EBUSY', 'dup2')
    throws(() => table.dup3(handle, reservation.handle), 'EBUSY', 'dup3')
    const { object } = scene.probe()
    throws(() => table.replace(reservation.handle, object), 'EBUSY', 'replace')
    check(object.isLive, 'the reference is over')
    equal(reservation.fill(object), 0, 'fill')
  },

  'a reservation is filled or cancelled, once'(scene) {
    const { table } = scene
    const filled = table.reserve()
    const { object, open } = scene.probe()
    equal(filled.fill(object), 0, 'fill')
    equal(
      table.withObject(0, (it) => it.id),
      open.id,
      'what the number names',
    )
    const { object: late } = scene.probe()
    throws(() => filled.fill(late), 'EBADF', 'a second fill')
    filled.cancel()
    check(table.isValidHandle(0), 'a cancel after the fill closed it')
    const cancelled = table.reserve()
    cancelled.cancel()
    equal(table.insert(late), 1, 'the handle after a cancel')
    cancelled.cancel()
    check(table.isValidHandle(1), 'a second cancel freed a number that is open')
  },

  'a fill that is refused leaves the number reserved'(scene) {
    const { table } = scene
    const reservation = table.reserve()
    const mute = scene.probe({
      infer() {
        throw new Error('refused')
      },
    })
    caught(() => reservation.fill(mute.object), 'fill with an inferMetadata that throws')
    check(mute.object.isLive, 'the reference is over')
    equal(table.insert(scene.probe().object), 1, 'the next handle')
    equal(reservation.fill(scene.probe().object), 0, 'fill')
  },

  'a fork copies a reserved number as free'(scene) {
    scene.table.reserve()
    const fork = scene.keep(scene.table.deepClone())
    equal(fork.insert(scene.probe().object), 0, "the fork's next handle")
  },

  'closing all leaves reserved numbers reserved'(scene) {
    const { table } = scene
    const reservation = table.reserve()
    scene.fill(2)
    table.closeAll()
    table.closeRange(0, Infinity)
    equal(table.insert(scene.probe().object), 1, 'the next handle')
    equal(reservation.fill(scene.probe().object), 0, 'fill')
  },
}

/** A limit that moves under open handles. */
export const limitRules: Rules<TableScene> = {
  'handles over a lowered limit keep working, and only new placements fail'(scene) {
    const { table } = scene
    scene.fill(4)
    table.setLimit(2)
    equal(table.limit, 2, 'the limit')
    equalList(table.activeHandles(), [0, 1, 2, 3], 'open handles')
    equal(
      table.withObject(3, () => 'works'),
      'works',
      'a lookup over the limit',
    )
    throws(() => table.dup(3), 'EMFILE', 'dup')
    throws(() => table.dup2(0, 3), 'EBADF', 'dup2 onto a number over the limit')
    table.close(0)
    equal(table.dup(3), 0, 'dup of a handle over the limit')
    table.close(3)
    table.setLimit(4)
    equal(table.insert(scene.probe().object), 3, 'the handle when the limit was raised')
  },

  'a limit is an integer from 0 to the capacity'(scene) {
    const table = scene.make({ capacity: 8 })
    equal(table.capacity, 8, 'the capacity')
    equal(table.limit, 8, 'the limit')
    for (const limit of [-1, 9, 1.5, NaN, '4' as never]) throws(() => table.setLimit(limit), 'EINVAL', `setLimit(${limit})`)
    equal(table.limit, 8, 'the limit after it')
    table.setLimit(0)
    answers(table.insertErrno(scene.probe().object), 'EMFILE', 'insert with a limit of 0')
  },
}

function got({ table }: TableScene, handle: number) {
  const reference = table.get(handle)
  check(reference !== undefined, 'get gave nothing')
  return reference
}
