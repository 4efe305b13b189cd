import { caught, check, equal, equalList, throws } from '../assert.js'
import type { HandleTable } from '../../table/handle-table.js'
import type { Rules } from '../runner.js'
import type { TableScene } from './scene.js'

/** The owners of a table: fork, CLONE_FILES, exit. */
export const ownerRules: Rules<TableScene> = {
  'a clone is another owner of the same table'(scene) {
    const { table } = scene
    check(table.isSoleOwner(), 'a new table has another owner')
    const clone = scene.keep(table.clone())
    check(!table.isSoleOwner() && !clone.isSoleOwner(), 'an owner takes itself for the only one')
    const { object, open } = scene.probe()
    equal(clone.insert(object), 0, 'the handle')
    equal(
      table.withObject(0, (it) => it.id),
      open.id,
      'the object, seen by the other owner,',
    )
    table.setCloseOnExec(0, true)
    equal(clone.isCloseOnExec(0), true, 'close-on-exec, seen by the other owner,')
    clone.dispose()
    check(table.isSoleOwner(), 'an owner that ended still counts')
    equal(open.holders, 1, 'holders')
  },

  'the last owner closes everything, each once'(scene) {
    const { table } = scene
    const probes = scene.fill(2)
    const clone = table.clone()
    table.dispose()
    table.dispose()
    equal(clone.openCount(), 2, 'open handles while there is an owner')
    clone.dispose()
    for (const { calls } of probes) equalList(calls, ['drop', 'release'], 'hooks called')
  },

  'an owner that has ended refuses every call with EBADF'(scene) {
    const { table } = scene
    scene.fill(1)
    const { object } = scene.probe()
    table.dispose()
    for (const [name, call] of Object.entries<(it: HandleTable) => unknown>({
      insert: (it) => it.insert(object),
      insertAll: (it) => it.insertAll([object]),
      replace: (it) => it.replace(0, object),
      reserve: (it) => it.reserve(),
      dup: (it) => it.dup(0),
      dup2: (it) => it.dup2(0, 1),
      withObject: (it) => it.withObject(0, () => undefined),
      get: (it) => it.get(0),
      remove: (it) => it.remove(0),
      close: (it) => it.close(0),
      closeAll: (it) => it.closeAll(),
      openCount: (it) => it.openCount(),
      activeHandles: (it) => it.activeHandles(),
      isValidHandle: (it) => it.isValidHandle(0),
      getMetadata: (it) => it.getMetadata(0),
      updateMetadata: (it) => it.updateMetadata(0, {}),
      forEachWithMetadata: (it) => it.forEachWithMetadata(() => undefined),
      clone: (it) => it.clone(),
      deepClone: (it) => it.deepClone(),
      isSoleOwner: (it) => it.isSoleOwner(),
    })) {
      throws(() => call(table), 'EBADF', name)
    }
    check(object.isLive, 'the reference is over')
  },

  'a fork has a table of its own, with the same numbers, objects and marks'(scene) {
    const { table } = scene
    const probes = scene.fill(3)
    table.close(1)
    table.setCloseOnExec(2, true)
    const fork = scene.keep(table.deepClone())
    equalList(fork.activeHandles(), [0, 2], 'handles of the fork')
    for (const handle of [0, 2]) {
      equal(
        fork.withObject(handle, (it) => it.id),
        probes[handle]?.open.id,
        `the object of ${handle}`,
      )
      equal(probes[handle]?.open.holders, 2, `holders of the object of ${handle}`)
      equalList(probes[handle]?.calls ?? [], ['clone'], `hooks of the object of ${handle}`)
    }
    equal(fork.isCloseOnExec(2), true, 'close-on-exec in the fork')
    check(fork.isSoleOwner(), 'the fork shares its table')
    fork.close(0)
    fork.setCloseOnExec(2, false)
    check(table.isValidHandle(0), 'a close in the fork closed here')
    equal(table.isCloseOnExec(2), true, 'close-on-exec here')
    equal(fork.capacity, table.capacity, 'the capacity of the fork')
  },

  'a fork that a hook refuses leaves everything as it was'(scene) {
    const { table } = scene
    const first = scene.one()
    const refusing = scene.probe({
      clone() {
        throw new Error('refused')
      },
    })
    table.insert(refusing.object)
    const last = scene.one()
    caught(() => table.deepClone(), 'deepClone')
    for (const it of [first, refusing, last]) {
      equal(it.open.holders, 1, 'holders')
      equal(it.open.references, 1, 'references')
      check(!it.open.released, 'an object was released')
    }
    const balance = first.calls.reduce((sum, call) => sum + (call === 'clone' ? 1 : -1), 0)
    equal(balance, 0, 'holders that the first kind was told of, and not told that they went,')
    equal(table.openCount(), 3, 'open handles')
  },

  'cloneFrom leaves its own table, closing what that held, and shares the other'(scene) {
    const { table } = scene
    const own = scene.one()
    const other = scene.make()
    const theirs = scene.one(other)
    table.cloneFrom(other)
    equalList(own.calls, ['drop', 'release'], 'hooks of what it held')
    equal(
      table.withObject(0, (it) => it.id),
      theirs.open.id,
      'what 0 names now',
    )
    check(!other.isSoleOwner(), 'the other table has no second owner')
    table.cloneFrom(other)
    table.dispose()
    check(other.isSoleOwner(), 'it counted as an owner twice')
    equalList(theirs.calls, [], 'hooks of what is shared')
  },
}
