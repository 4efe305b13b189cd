import { createRegistry } from '../../kind/registry.js'
import { openObjectOf } from '../../object/reference.js'
import { HandleTable } from '../../table/handle-table.js'
import { calm, check, equal } from '../assert.js'
import type { Rules } from '../runner.js'
import type { ObjectScene } from './scene.js'

/** What a kind is to tables and registries, and what it tells of its objects. */
export const identityRules: Rules<ObjectScene> = {
  'a registry takes the kind, and takes it again'({ description: { kind } }) {
    const registry = calm(() => createRegistry([kind]), 'a registry')
    registry.register(kind)
    check(registry.get(kind.name) === kind, `the registry gives another kind for ${kind.name}`)
  },

  "the type is 0, unless the kind is one of core's own family"({ description: { kind } }) {
    check(
      kind.type === 0 || kind.name.startsWith('ht:'),
      `kind ${kind.name} reports type ${kind.type}; the numbers are not a third party's to give, its name tells it apart`,
    )
  },

  'what is opened is an object of the kind'(scene) {
    const { kind } = scene.description
    check(scene.open.kind === kind, `it is of another kind, ${scene.open.kind.name}`)
    equal(scene.object.kindName, kind.name, 'its kindName')
    const only = scene.keep(new HandleTable({ kinds: [kind] }))
    calm(() => only.insert(scene.object), 'a table that takes this kind alone')
  },

  'what is opened is live and has one holder, its reference'({ object, open }) {
    check(object.isLive, 'the reference is over')
    equal(open.holders, 1, 'holders')
    equal(open.references, 1, 'references')
  },

  'the metadata that it infers is valid and within the mode of the object'({ table, object, open }) {
    const handle = calm(() => table.insert(object), 'an insert without metadata')
    const bits = table.accessBits(handle)
    check(bits !== 0 && (bits & ~open.access) === 0, `inferred mode ${bits} exceeds the object's, ${open.access}`)
    check((table.getMetadata(handle)?.handleType ?? '') !== '', 'the inferred role has no name')
  },

  'introspection gives numbers in range and a text'({ table, object, description: { kind } }) {
    const description: unknown = calm(() => kind.describe?.(openObjectOf(object)) ?? '', 'describe')
    equal(typeof description, 'string', 'the type of the description')
    const handle = table.insert(object)
    const info = calm(() => table.getObjectInfo(handle), 'getObjectInfo')
    check(info !== undefined, 'an open handle has no info')
    equal(info.kindName, kind.name, 'kindName')
    inRange(info.objectType, 0, 1023, 'objectType')
    inRange(info.handleRole, 0, 7, 'handleRole')
    inRange(info.accessMode, 1, 3, 'accessMode')
    equal(info.holders, 1, 'holders')
  },

  'describe gives one short line'({ object, description: { kind } }) {
    const line = calm(() => kind.describe?.(openObjectOf(object)) ?? '', 'describe')
    // eslint-disable-next-line no-control-regex -- they are what must not be in it
    check(!/[\0-\x1f\x7f\u2028\u2029]/.test(line), `describe gave more than a line: ${JSON.stringify(line)}`)
    check(line.length <= 200, `describe gave ${line.length} characters, and lsof has a line for them`)
  },
}

function inRange(value: number, low: number, high: number, what: string): void {
  check(Number.isInteger(value) && value >= low && value <= high, `${what} is ${value}, not from ${low} to ${high}`)
}
