import { answers, calm, caught, check, equal, equalList, throws } from '../assert.js'
import type { Rules } from '../runner.js'
import type { TableScene } from './scene.js'

/** How handles end. */
export const closingRules: Rules<TableScene> = {
  'close frees the number first, and releases after that, with the table unlocked'(scene) {
    const { table } = scene
    let during: unknown[] = []
    const closing = scene.probe({
      release() {
        during = [table.isValidHandle(0), table.insert(scene.probe().object)]
      },
    })
    table.insert(closing.object)
    table.close(0)
    equalList(during, [false, 0], 'whether it was open, and the next handle, when it was released')
    equalList(closing.calls, ['drop', 'release'], 'hooks called')
  },

  'a number that names no open handle counts as closed'(scene) {
    const { table } = scene
    scene.fill(1)
    for (const handle of [-1, 1, 0.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 1e300]) {
      throws(() => table.close(handle), 'EBADF', `close(${handle})`)
      answers(table.closeErrno(handle), 'EBADF', `closeErrno(${handle})`)
      equal(table.remove(handle), undefined, `remove(${handle})`)
      equal(table.get(handle), undefined, `get(${handle})`)
      equal(table.isValidHandle(handle), false, `isValidHandle(${handle})`)
    }
    table.close(-0)
    equal(table.openCount(), 0, 'open handles, after −0 was closed, which is 0,')
  },

  'what is no number is EINVAL'(scene) {
    const { table } = scene
    scene.fill(1)
    for (const handle of ['0', undefined, null, {}, 0n, [0]] as never[]) {
      throws(() => table.close(handle), 'EINVAL', 'close')
      throws(() => table.get(handle), 'EINVAL', 'get')
      throws(() => table.dup(handle), 'EINVAL', 'dup')
      throws(() => table.withObject(handle, () => undefined), 'EINVAL', 'withObject')
      throws(() => table.isValidHandle(handle), 'EINVAL', 'isValidHandle')
    }
    equal(table.openCount(), 1, 'open handles')
  },

  'an error of a release hook is passed on, when the handle is closed'(scene) {
    const { table } = scene
    const error = new Error('cannot release')
    const { object } = scene.probe({
      release() {
        throw error
      },
    })
    table.insert(object)
    equal(
      caught(() => table.close(0), 'close'),
      error,
      'what close threw',
    )
    check(!table.isValidHandle(0), 'it is still open')
  },

  'remove gives the object to the caller and frees the number, and no hook runs'(scene) {
    const { table } = scene
    const probe = scene.one()
    const removed = table.remove(0)
    check(removed !== undefined && removed.isLive, 'remove gave no live reference')
    scene.keep(removed)
    equalList(probe.calls, [], 'hooks called')
    equal(probe.open.holders, 1, 'holders')
    equal(table.openCount(), 0, 'open handles')
    equal(table.insert(removed), 0, 'the handle that it gets again')
    equalList(probe.calls, [], 'hooks called by then')
  },

  'closeAll closes everything, each once, also when hooks throw'(scene) {
    const { table } = scene
    const throwing = Array.from({ length: 3 }, (_, i) =>
      scene.probe({
        release() {
          throw new Error(String(i))
        },
      }),
    )
    for (const { object } of throwing) table.insert(object)
    const good = scene.one()
    const thrown = caught(() => table.closeAll(), 'closeAll')
    equal(table.openCount(), 0, 'open handles')
    for (const { calls } of throwing) equalList(calls, ['drop', 'release'], 'hooks called')
    equalList(good.calls, ['drop', 'release'], 'hooks of the object after them')
    check(thrown instanceof AggregateError && thrown.errors.length === 3, 'closeAll did not throw all that hooks threw')
  },

  'closeRange closes what is open in it, and ignores errors of closing'(scene) {
    const { table } = scene
    scene.fill(2)
    const failing = scene.probe({
      release() {
        throw new Error('cannot release')
      },
    })
    table.insert(failing.object)
    scene.fill(2)
    calm(() => table.closeRange(1, 3), 'closeRange')
    equalList(table.activeHandles(), [0, 4], 'open handles')
    equalList(failing.calls, ['drop', 'release'], 'hooks called')
    table.closeRange(100, 200)
    table.closeRange(1, 3)
    table.closeRange(4, Infinity)
    equalList(table.activeHandles(), [0], 'open handles after it')
  },

  'closeRange and setCloseOnExecRange refuse a first over the last'(scene) {
    const { table } = scene
    scene.fill(3)
    for (const [first, last] of [
      [2, 1],
      [-1, 5],
      [0, -1],
      [0.5, 2],
      [NaN, 2],
    ] as const) {
      throws(() => table.closeRange(first, last), 'EINVAL', `closeRange(${first}, ${last})`)
      throws(() => table.setCloseOnExecRange(first, last), 'EINVAL', `setCloseOnExecRange(${first}, ${last})`)
    }
    equal(table.openCount(), 3, 'open handles')
  },

  'setCloseOnExecRange marks what is open, and closes nothing'(scene) {
    const { table } = scene
    scene.fill(3)
    table.close(1)
    table.setCloseOnExecRange(1, 200)
    equalList(
      [0, 2].map((handle) => table.isCloseOnExec(handle)),
      [false, true],
      'close-on-exec',
    )
    equal(table.insert(scene.probe().object), 1, 'the next handle')
    equal(table.isCloseOnExec(1), false, 'close-on-exec of a new handle in the range')
  },

  'exec closes what is marked, nothing else, and ignores errors of closing'(scene) {
    const { table } = scene
    const failing = scene.probe({
      release() {
        throw new Error('cannot release')
      },
    })
    table.insertWithMetadata(failing.object, { specialSemantics: ['CloseOnExec'] })
    scene.fill(3)
    table.setCloseOnExec(1, true)
    table.setCloseOnExec(2, true)
    table.setCloseOnExec(2, false)
    calm(() => table.closeOnExec(), 'closeOnExec')
    equalList(table.activeHandles(), [2, 3], 'open handles')
    equalList(failing.calls, ['drop', 'release'], 'hooks called')
  },

  'an owned handle is closed once, and never hits who got its number'(scene) {
    const { table } = scene
    scene.fill(1)
    const owned = table.own(0)
    check(owned?.isOpen === true, 'it is not open')
    table.close(0)
    const stranger = scene.one()
    check(!owned.isOpen, 'it takes a stranger for its own')
    owned.close()
    equalList(stranger.calls, [], 'hooks of who got the number')
    const second = table.own(0)
    second?.close()
    second?.close()
    equalList(stranger.calls, ['drop', 'release'], 'hooks of what was owned')
    equal(table.own(0), undefined, 'own of a closed handle')
  },
}
