import { APPEND, NONBLOCK, READABLE, SYNC, WRITABLE } from '../../object/access.js'
import { answers, check, equal, equalList, throws } from '../assert.js'
import type { MetadataInit } from '../../table/metadata.js'
import type { Rules } from '../runner.js'
import type { TableScene } from './scene.js'

/** How handles are used, and what can be learned of them. */
export const metadataRules: Rules<TableScene> = {
  'what the metadata of an insert leaves out is inferred by the kind'(scene) {
    const { table } = scene
    table.insert(scene.probe().object)
    table.insertWithMetadata(scene.probe().object, { accessMode: 'ReadOnly' })
    table.insertWithMetadata(scene.probe().object, { handleType: 'ConfigFile', specialSemantics: ['CloseOnExec'] })
    const shown = table.activeHandles().map((handle) => {
      const it = table.getMetadata(handle)
      return `${it?.handleType} ${it?.accessMode} ${it?.specialSemantics.join()}`
    })
    equalList(shown, ['IpcChannel ReadWrite ', 'IpcChannel ReadOnly ', 'ConfigFile ReadWrite CloseOnExec'], 'metadata')
  },

  "append, non-blocking and sync are the open object's, close-on-exec is the handle's"(scene) {
    const { table } = scene
    const { object, open } = scene.probe()
    table.insertWithMetadata(object, { specialSemantics: ['CloseOnExec', 'Append'] })
    table.dup(0)
    equal(open.status & (APPEND | NONBLOCK | SYNC), APPEND, 'status of the object')
    table.updateMetadata(1, { specialSemantics: ['NonBlocking', 'Sync'] })
    equal(open.status & (APPEND | NONBLOCK | SYNC), NONBLOCK | SYNC, 'status of the object after an update')
    equalList(
      [...(table.getMetadata(0)?.specialSemantics ?? [])].sort(),
      ['CloseOnExec', 'NonBlocking', 'Sync'],
      'semantics of the first handle',
    )
    equalList([...(table.getMetadata(1)?.specialSemantics ?? [])].sort(), ['NonBlocking', 'Sync'], 'semantics of the dup')
    table.updateMetadata(0, { accessMode: 'ReadOnly' })
    equal(open.status & (APPEND | NONBLOCK | SYNC), NONBLOCK | SYNC, 'status of the object after an update without')
    equal(table.isCloseOnExec(0), true, 'close-on-exec after it')
  },

  'an update sets what it names, and any mode that the object has'(scene) {
    const { table } = scene
    scene.fill(1)
    table.updateMetadata(0, { accessMode: 'ReadOnly' })
    equal(table.accessBits(0), READABLE, 'the mode')
    equal(table.getMetadata(0)?.handleType, 'IpcChannel', 'the role')
    table.updateMetadata(0, { accessMode: 'ReadWrite', handleType: 'LogOutput' })
    equal(table.accessBits(0), READABLE | WRITABLE, 'the mode')
    equal(table.getMetadata(0)?.handleType, 'LogOutput', 'the role')
  },

  'wrong metadata is EINVAL, names its field, and changes nothing'(scene) {
    const { table } = scene
    const only = scene.probe({}, 'ReadOnly')
    table.insert(only.object)
    const before = JSON.stringify(table.getMetadata(0))
    const { object } = scene.probe({}, 'ReadOnly')
    for (const metadata of [
      7,
      null,
      { handleType: '' },
      { handleType: 3 },
      { accessMode: 'Readonly' },
      { accessMode: 'ReadWrite' },
      { accessMode: 'WriteOnly' },
      { specialSemantics: 'Append' },
      { specialSemantics: ['Append', 'Fast'] },
    ] as unknown as MetadataInit[]) {
      throws(() => table.insertWithMetadata(object, metadata), 'EINVAL', `insertWithMetadata(${JSON.stringify(metadata)})`)
      throws(() => table.updateMetadata(0, metadata), 'EINVAL', `updateMetadata(${JSON.stringify(metadata)})`)
    }
    check(object.isLive, 'the reference is over')
    equal(JSON.stringify(table.getMetadata(0)), before, 'the metadata')
    equal(only.open.status, 0, 'status of the object')
  },

  'an update of no open handle is EBADF, and says whether the number is in the table'(scene) {
    const table = scene.make({ capacity: 4 })
    throws(() => table.updateMetadata(2, {}), 'EBADF', 'updateMetadata of a free number')
    answers(table.updateMetadataErrno(9, {}), 'EBADF', 'updateMetadataErrno outside of the table')
    equal(messageOf(() => table.updateMetadata(2, {})).includes('Handle does not exist'), true, 'the text for a free number')
    equal(messageOf(() => table.updateMetadata(9, {})).includes('Invalid handle'), true, 'the text for a number outside')
  },

  'metadata that was given out is a copy'(scene) {
    const { table } = scene
    scene.fill(1)
    const metadata = table.getMetadata(0)
    if (metadata !== undefined) metadata.handleType = 'LogOutput'
    metadata?.specialSemantics.push('CloseOnExec')
    const lent = table.withMetadata(0, (it) => it)
    equal(lent?.handleType, 'IpcChannel', 'the role')
    equal(lent?.specialSemantics.length, 0, 'special semantics')
    equal(
      table.withMetadata(4, () => 'called'),
      undefined,
      'withMetadata of a closed handle',
    )
  },

  'handles are counted, and listed in their order'(scene) {
    const { table } = scene
    scene.fill(40)
    for (const handle of [0, 31, 32]) table.close(handle)
    table.dup(5, 35)
    equal(table.openCount(), 38, 'open handles')
    equalList(
      table.activeHandles(),
      Array.from({ length: 41 }, (_, i) => i).filter((i) => ![0, 31, 32].includes(i)),
      'active handles',
    )
  },

  'introspection tells type, kind, role, mode and both counts'(scene) {
    const { table } = scene
    const { object, open } = scene.probe()
    table.insertWithMetadata(object, { accessMode: 'WriteOnly' })
    table.dup(0)
    const reference = table.get(0)
    const info = table.getObjectInfo(0)
    reference?.release()
    const shown = [
      info?.objectType,
      info?.kindName,
      info?.id,
      info?.handleRole,
      info?.accessMode,
      info?.holders,
      info?.references,
    ]
    equalList(shown, [0, 'conformance:probe', open.id, 2, WRITABLE, 2, 3], 'type, kind, id, role, mode, holders, references')
    equal(table.getObjectInfo(7), undefined, 'the info of a closed handle')
  },
}

function messageOf(f: () => void): string {
  try {
    f()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
