import { packedAccess, reportedRole, decodeMetadata, type HandleType, type SpecialSemantics } from './metadata.js'
import type { OpenObject } from '../object/open-object.js'

/** What a program can learn of a handle. */
export interface KernelObjectInfo {
  /**
   * The number of the object's type: Unknown 0, File 1, Pipe 2, EventChannel 3, EventSubscription 4,
   * CharDevice 5, BlockDevice 6, Socket 7; others by their kinds, and 0 for a third party's.
   */
  readonly objectType: number
  /** The name of its kind, even if the type is 0. */
  readonly kindName: string
  /** The number of the open object. */
  readonly id: number
  /** The names of its capabilities: `ht:stream`. */
  readonly capabilities: readonly string[]
  /**
   * The number of the handle's role: StandardInputOutput 1, IpcChannel 2, Regular 3, EventChannel 4,
   * EventSubscription 5, ConfigFile 6, LogOutput 7, and 0 for a plugin's own.
   */
  readonly handleRole: number
  readonly handleType: HandleType
  /** Bit 0: the handle can be read. Bit 1: it can be written. */
  readonly accessMode: number
  /** Close-on-exec of the handle, and append, non-blocking and sync of the object. */
  readonly specialSemantics: readonly SpecialSemantics[]
  /** How many handles, and results of dup and remove that are not placed yet, name the object. */
  readonly holders: number
  /** The holders, and the references that `get` returned. */
  readonly references: number
  /** The kind's description of the object, or ''. If its hook throws, it says so. */
  readonly description: string
}

/** Describes an object and a handle to it with this packed metadata. */
export function objectInfo(open: OpenObject, packed: number): KernelObjectInfo {
  const { kind } = open
  const { handleType, specialSemantics } = decodeMetadata(packed, open.status)
  return {
    objectType: kind.type,
    kindName: kind.name,
    id: open.id,
    capabilities: Object.keys(kind.methods),
    handleRole: reportedRole(packed),
    handleType,
    accessMode: packedAccess(packed),
    specialSemantics,
    holders: open.holders,
    references: open.references,
    description: describe(open),
  }
}

/** The kind's description of an object. A kind whose hook throws does not keep the others from being listed. */
function describe(open: OpenObject): string {
  try {
    const said: unknown = open.kind.describe?.(open) ?? ''
    return typeof said === 'string' ? said : '(describe gave no text)'
  } catch (error) {
    return `(describe threw: ${error instanceof Error ? error.message : 'no error'})`
  }
}
