import { calm, caught, check, equal, equalList, throws } from '../assert.js'
import type { BorrowedObject } from '../../object/kernel-object.js'
import type { Rules } from '../runner.js'
import type { TableScene } from './scene.js'

/** Lookups, callbacks and hooks: all may do anything. */
export const usingRules: Rules<TableScene> = {
  'withObject lends the object until the callback returns, and gives back what it returned'(scene) {
    const { table } = scene
    const probe = scene.one()
    let lent: BorrowedObject | undefined
    const result = table.withObject(0, (object) => {
      lent = object
      return object.id
    })
    equal(result, probe.open.id, 'what the callback returned')
    throws(() => lent?.id, 'EBADF', 'the use of what was lent, after the call,')
    equal(probe.open.references, 1, 'references')
    equal(
      table.withObject(5, () => 'called'),
      undefined,
      'withObject of a closed handle',
    )
  },

  'a callback may close its own handle, and the object lives until it returns'(scene) {
    const { table } = scene
    const probe = scene.one()
    table.withObject(0, (object) => {
      table.close(0)
      equal(table.isValidHandle(0), false, 'whether it is open')
      equalList(probe.calls, ['drop'], 'hooks called within the callback')
      table.insert(scene.probe().object)
      equal(object.id, probe.open.id, 'the object that is lent')
      table.withObject(0, () => {
        table.closeAll()
      })
    })
    equalList(probe.calls, ['drop', 'release'], 'hooks called after it')
  },

  'a callback that throws ends the borrow, and its error is passed on'(scene) {
    const { table } = scene
    const probe = scene.one()
    const error = new Error('of the callback')
    const thrown = caught(
      () =>
        table.withObject(0, () => {
          throw error
        }),
      'withObject',
    )
    equal(thrown, error, 'what withObject threw')
    table.close(0)
    equalList(probe.calls, ['drop', 'release'], 'hooks called')
  },

  'a callback that returns a promise is refused, and the borrow ends'(scene) {
    const { table } = scene
    const probe = scene.one()
    throws(() => table.withObject(0, () => Promise.resolve()), 'EINVAL', 'withObject')
    throws(() => table.withMetadata(0, () => Promise.resolve()), 'EINVAL', 'withMetadata')
    table.close(0)
    check(probe.open.released, 'the borrow has not ended')
  },

  'get gives a reference that is no holder, and calls no hook'(scene) {
    const { table } = scene
    const probe = scene.one()
    const reference = table.get(0)
    check(reference !== undefined, 'get gave nothing')
    equal(probe.open.holders, 1, 'holders')
    equal(probe.open.references, 2, 'references')
    equalList(probe.calls, [], 'hooks called')
    table.close(0)
    equalList(probe.calls, ['drop'], 'hooks called after the close')
    reference.release()
    reference.release()
    equalList(probe.calls, ['drop', 'release'], 'hooks called after the release')
  },

  'a reference from get becomes a holder when it is inserted, and stays one no longer than that'(scene) {
    const { table } = scene
    const probe = scene.one()
    const reference = scene.keep(table.get(0) ?? scene.probe().object)
    const full = scene.make({ capacity: 1, limit: 0 })
    throws(() => full.insert(reference), 'EMFILE', 'insert into a full table')
    equal(probe.open.holders, 1, 'holders after a refused insert')
    equalList(probe.calls, ['clone', 'drop'], 'hooks called')
    table.insert(reference)
    equal(probe.open.holders, 2, 'holders after the insert')
    equal(probe.open.references, 2, 'references after the insert')
  },

  'cloneForDup makes a holder: the hook runs, and its release drops it'(scene) {
    const { table } = scene
    const probe = scene.one()
    const reference = table.cloneForDup(0)
    equalList(probe.calls, ['clone'], 'hooks called')
    equal(probe.open.holders, 2, 'holders')
    reference?.release()
    reference?.release()
    equalList(probe.calls, ['clone', 'drop'], 'hooks called after the release')
    const placed = scene.keep(table.cloneForDup(0) ?? scene.probe().object)
    table.insert(placed)
    equal(probe.open.holders, 2, 'holders after it was inserted')
  },

  'forEachWithMetadata walks what is open, ascending, and passes over what is closed meanwhile'(scene) {
    const { table } = scene
    const probes = scene.fill(5)
    table.close(1)
    const seen: number[] = []
    table.forEachWithMetadata((handle, object, metadata) => {
      seen.push(handle)
      equal(object.id, probes[handle]?.open.id, `the object of ${handle}`)
      equal(metadata.handleType, 'IpcChannel', `the role of ${handle}`)
      if (handle === 2) {
        table.close(2)
        table.close(3)
        table.insert(scene.probe().object)
        check(!(probes[2]?.open.released ?? true), 'released while it is lent')
      }
    })
    equalList(seen, [0, 2, 4], 'the handles that it walked')
    check(probes[2]?.open.released === true, 'not released after its turn')
  },

  'hooks may use the table: none runs while it is locked'(scene) {
    const { table } = scene
    let used = 0
    const use = () => {
      const probe = scene.probe()
      calm(() => table.close(table.insert(probe.object)), 'insert and close in a hook')
      equalList(probe.calls, ['drop', 'release'], 'hooks of what a hook inserted and closed')
      used++
    }
    const busy = () => scene.probe({ infer: () => (use(), {}), clone: use, drop: use, release: use }).object
    table.insert(busy())
    table.dup(0)
    table.dup2(0, 5)
    scene.keep(table.deepClone()).dispose()
    const [a, b] = table.insertAll([busy(), busy()])
    table.replace(a ?? 0, busy())
    table.closeRange(b ?? 0, b ?? 0)
    table.setCloseOnExec(5, true)
    table.closeOnExec()
    table.reserve().fill(busy())
    table.closeAll()
    equal(table.openCount(), 0, 'open handles')
    equal(used, 25, 'hooks that used the table')
  },
}
