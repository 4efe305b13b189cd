import { READABLE } from '../../object/access.js'
import { answers, calm, caught, check, equal, equalList, throws } from '../assert.js'
import type { Rules } from '../runner.js'
import type { TableScene } from './scene.js'

/** dup, dup2, dup3 and F_DUPFD, in the order in which they look at what may be wrong. */
export const duplicatingRules: Rules<TableScene> = {
  'a dup is another handle for the same open object, at the lowest free number'(scene) {
    const { table } = scene
    const first = scene.one()
    scene.fill(2)
    table.close(1)
    equal(table.dup(0), 1, 'dup')
    equal(
      table.withObject(1, (it) => it.id),
      first.open.id,
      'the object of the dup',
    )
    equal(first.open.holders, 2, 'holders')
    equalList(first.calls, ['clone'], 'hooks called')
    table.close(0)
    check(!first.open.released, 'released while the dup is open')
    table.close(1)
    equalList(first.calls, ['clone', 'drop', 'drop', 'release'], 'hooks called in all')
  },

  'a dup has the role and mode of its handle, and close-on-exec only if asked for'(scene) {
    const { table } = scene
    table.insertWithMetadata(scene.probe().object, {
      handleType: 'LogOutput',
      accessMode: 'ReadOnly',
      specialSemantics: ['CloseOnExec', 'NonBlocking'],
    })
    table.dup(0)
    table.dup(0, 0, true)
    table.dup2(0, 3)
    table.dup3(0, 4, true)
    for (const [handle, closeOnExec] of [
      [1, false],
      [2, true],
      [3, false],
      [4, true],
    ] as const) {
      equal(table.isCloseOnExec(handle), closeOnExec, `close-on-exec of ${handle}`)
      equal(table.accessBits(handle), READABLE, `the mode of ${handle}`)
      equal(table.getMetadata(handle)?.handleType, 'LogOutput', `the role of ${handle}`)
      check(table.getMetadata(handle)?.specialSemantics.includes('NonBlocking') === true, `${handle} is not non-blocking`)
    }
  },

  'F_DUPFD: EBADF for the source first, then EINVAL for the minimum, then EMFILE'(scene) {
    const table = scene.make({ capacity: 8, limit: 4 })
    const probe = scene.one(table)
    equal(table.dup(0, 2), 2, 'dup at or above 2')
    equal(table.dup(0, 2), 3, 'dup at or above 2 again')
    for (const minimum of [-1, 4, 9]) {
      throws(() => table.dup(5, minimum), 'EBADF', `dup(5, ${minimum})`)
      throws(() => table.dup(0, minimum), 'EINVAL', `dup(0, ${minimum})`)
      answers(table.dupErrno(0, minimum), 'EINVAL', `dupErrno(0, ${minimum})`)
    }
    throws(() => table.dup(0, 2), 'EMFILE', 'dup at or above 2 with none left')
    equal(probe.open.holders, 3, 'holders')
  },

  'dup2 of a number onto itself returns it and changes nothing'(scene) {
    const { table } = scene
    const probe = scene.one()
    table.setCloseOnExec(0, true)
    equal(table.dup2(0, 0), 0, 'dup2')
    equal(table.isCloseOnExec(0), true, 'close-on-exec')
    equalList(probe.calls, [], 'hooks called')
    throws(() => table.dup2(5, 5), 'EBADF', 'dup2 of a closed number onto itself')
    answers(table.dup2Errno(-1, -1), 'EBADF', 'dup2 of −1 onto itself')
  },

  'dup2 replaces its target in one step, and drops an error of closing it'(scene) {
    const { table } = scene
    const source = scene.probe()
    table.insert(source.object)
    let seen: unknown
    const target = scene.probe({
      release() {
        seen = table.withObject(1, (it) => it.id)
        throw new Error('cannot close')
      },
    })
    table.insert(target.object)
    equal(
      calm(() => table.dup2(0, 1), 'dup2'),
      1,
      'dup2',
    )
    equal(seen, source.open.id, 'what the target named when its old object was released')
    equalList(target.calls, ['drop', 'release'], 'hooks of the old object')
    equal(table.openCount(), 2, 'open handles')
  },

  'dup2 and dup3 of a closed handle are EBADF and leave the target untouched'(scene) {
    const { table } = scene
    const target = scene.one()
    throws(() => table.dup2(7, 0), 'EBADF', 'dup2')
    throws(() => table.dup3(7, 0), 'EBADF', 'dup3')
    equal(
      table.withObject(0, (it) => it.id),
      target.open.id,
      'what the target names',
    )
    equalList(target.calls, [], 'hooks of the target')
  },

  'dup2 and dup3 onto a number that is negative, or not below the limit, are EBADF'(scene) {
    const table = scene.make({ capacity: 8, limit: 4 })
    const probe = scene.one(table)
    for (const target of [-1, 4, 8, 0.5, NaN]) {
      throws(() => table.dup2(0, target), 'EBADF', `dup2(0, ${target})`)
      throws(() => table.dup3(0, target), 'EBADF', `dup3(0, ${target})`)
      answers(table.dup2Errno(0, target), 'EBADF', `dup2Errno(0, ${target})`)
    }
    equal(probe.open.holders, 1, 'holders')
    equalList(probe.calls, [], 'hooks called')
  },

  'dup3 of equal numbers is EINVAL, also when they are closed'(scene) {
    scene.fill(1)
    throws(() => scene.table.dup3(0, 0), 'EINVAL', 'dup3(0, 0)')
    throws(() => scene.table.dup3(9, 9), 'EINVAL', 'dup3(9, 9)')
    answers(scene.table.dup3Errno(9, 9), 'EINVAL', 'dup3Errno(9, 9)')
  },

  'a dup that the hook refuses changes nothing'(scene) {
    const { table } = scene
    const alone = scene.probe({
      clone() {
        throw new Error('refused')
      },
    })
    table.insert(alone.object)
    const other = scene.one()
    caught(() => table.dup(0), 'dup')
    caught(() => table.dup2(0, 1), 'dup2')
    caught(() => table.cloneForDup(0), 'cloneForDup')
    equal(alone.open.holders, 1, 'holders')
    equal(alone.open.references, 1, 'references')
    equal(
      table.withObject(1, (it) => it.id),
      other.open.id,
      'what the target names',
    )
    equal(table.openCount(), 2, 'open handles')
  },

  'a dup that finds no number takes its holder back'(scene) {
    const table = scene.make({ capacity: 1 })
    const probe = scene.one(table)
    throws(() => table.dup(0), 'EMFILE', 'dup')
    answers(table.dupErrno(0), 'EMFILE', 'dupErrno')
    equal(probe.open.holders, 1, 'holders')
    equal(probe.open.references, 1, 'references')
    const count = (name: string) => probe.calls.filter((call) => call === name).length
    equal(count('drop'), count('clone'), 'calls of dropHolder, of which there must be as many as of cloneForDup,')
  },
}
