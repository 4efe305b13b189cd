import { createSharedTable, leaveMemory, type SharedMemory } from '@ht/core/shared'
import {
  beginOperation,
  endOperation,
  openObjectOf,
  StreamOps,
  type HandleTable,
  type HandleType,
  type KernelObject,
} from '@ht/core'
import { createTube } from '../tube-kind.js'
import { openWitness, plainKind, toldKind } from './witness-kind.js'

/** What a program has to do with. */
export interface World {
  readonly memory: SharedMemory
  /** 0 and 2 name plain object 0; 1 names told object 1; 3 names told object 2; 4 names plain object 3. */
  readonly table: HandleTable
  /** Where the logs of objects are. */
  readonly logs: number
}

/** The numbers of objects that programs make. */
const NEW = 8

/**
 * What is cut at each of its pause points. It is given what `prepare` gave, and nothing holds while that is made.
 * Where a program changes several handles, each of them is changed or not.
 */
export interface Program {
  prepare?(world: World): unknown
  run(world: World, prepared: never): void
}

const make = ({ memory, logs }: World, number = NEW) => openWitness(memory, plainKind, number, logs)
const makeTold = ({ memory, logs }: World, number = NEW) => openWitness(memory, toldKind, number, logs)
const program = <P>(prepare: (world: World) => P, run: (world: World, prepared: P) => void): Program => ({ prepare, run })

export const programs: Record<string, Program> = {
  'open and release': {
    run: (world) => {
      make(world).release()
    },
  },
  'release of a told one': program(makeTold, (_, object) => {
    object.release()
  }),
  insert: program(make, ({ table }, object) => {
    table.insert(object)
  }),
  'insert of a told one': program(makeTold, ({ table }, object) => {
    table.insert(object)
  }),
  insertAll: program(
    (world) => [make(world), makeTold(world, NEW + 1)],
    ({ table }, objects) => {
      table.insertAll(objects)
    },
  ),
  remove: {
    run: ({ table }) => {
      table.remove(1)
    },
  },
  'remove and release': {
    run: ({ table }) => {
      table.remove(1)?.release()
    },
  },
  dup: {
    run: ({ table }) => {
      table.dup(0)
    },
  },
  'dup of a told one': {
    run: ({ table }) => {
      table.dup(1)
    },
  },
  'dup2 onto a free number': {
    run: ({ table }) => {
      table.dup2(1, 9)
    },
  },
  'dup2 onto an open one': {
    run: ({ table }) => {
      table.dup3(4, 1, true)
    },
  },
  'dup2 onto the same object': {
    run: ({ table }) => {
      table.dup3(0, 2, true)
    },
  },
  replace: program(make, ({ table }, object) => {
    table.replace(1, object, { specialSemantics: ['CloseOnExec'] })
  }),
  'close of one of two': {
    run: ({ table }) => {
      table.close(0)
    },
  },
  'close of the last': {
    run: ({ table }) => {
      table.close(4)
    },
  },
  'close of the last, told': {
    run: ({ table }) => {
      table.close(1)
    },
  },
  closeRange: {
    run: ({ table }) => {
      table.closeRange(0, 9)
    },
  },
  'get and release': {
    run: ({ table }) => {
      table.get(4)?.release()
    },
  },
  'get, close and release': program(
    ({ table }) => table.get(1),
    ({ table }, object) => {
      table.close(1)
      object?.release()
    },
  ),
  withObject: {
    run: ({ table }) => {
      table.withObject(4, () => undefined)
    },
  },
  'withObject that closes it': {
    run: ({ table }) => {
      table.withObject(4, () => {
        table.close(4)
      })
    },
  },
  'withObject within others': {
    run: ({ table }) => {
      table.withObject(0, () =>
        table.withObject(1, () => {
          table.close(1)
        }),
      )
    },
  },
  'an operation': program(openOne, (_, { object }) => {
    beginOperation(openObjectOf(object))
    endOperation(openObjectOf(object))
  }),
  'an operation that outlives the handle': program(openOne, ({ table }, { object }) => {
    const open = openObjectOf(object)
    beginOperation(open)
    object.release()
    table.close(1)
    endOperation(open)
  }),
  reserve: {
    run: ({ table }) => {
      table.reserve()
    },
  },
  'reserve and fill': program(make, ({ table }, object) => {
    table.reserve().fill(object)
  }),
  'reserve and cancel': {
    run: ({ table }) => {
      table.reserve().cancel()
    },
  },
  setCloseOnExec: {
    run: ({ table }) => {
      table.setCloseOnExec(1, true)
    },
  },
  clone: {
    run: ({ table }) => {
      table.clone().dispose()
    },
  },
  deepClone: {
    run: ({ table }) => {
      table.deepClone().dispose()
    },
  },
  createSharedTable: {
    run: ({ memory }) => {
      createSharedTable(memory, { capacity: 2048 })
    },
  },
  'dispose of the last owner': program(
    (world) => {
      const table = createSharedTable(world.memory)
      table.insertAll([make(world), makeTold(world, NEW + 1), make(world, NEW + 2)])
      table.dup(1)
      return table
    },
    (_, table) => {
      table.dispose()
    },
  ),
  'insert with a role that has no number yet': program(make, ({ table }, object) => {
    table.insertWithMetadata(object, { handleType: 'Acme' as HandleType })
  }),
  'ends of a tube: open and release': {
    run: ({ memory }) => {
      for (const end of createTube(memory)) end.release()
    },
  },
  'ends of a tube: release of both, with bytes': program(fullTube, (_, ends) => {
    for (const end of ends) end.release()
  }),
  'ends of a tube: close of one, the other stays open': program(
    (world) => {
      const [one, other] = fullTube(world)
      world.table.insert(other)
      return world.table.insert(one)
    },
    ({ table }, one) => {
      table.close(one)
    },
  ),
  leave: {
    run: ({ memory }) => {
      leaveMemory(memory)
    },
  },
}

/** A tube that has bytes in both directions. */
function fullTube({ memory }: World): [KernelObject, KernelObject] {
  const ends = createTube(memory)
  for (const end of ends) end.as(StreamOps)?.write(new Uint8Array(5000))
  return ends
}

function openOne({ table }: World): { object: KernelObject } {
  const object = table.get(1)
  if (object === undefined) throw new Error('1 is open')
  return { object }
}
