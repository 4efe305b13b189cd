import { invalid } from '../errors/check.js'
import { accessBits, APPEND, NONBLOCK, READABLE, SYNC, WRITABLE, type AccessMode } from '../object/access.js'

/**
 * The roles that a handle can have, by name. A plugin adds its own by augmenting this interface:
 * `declare module '@ht/core' { interface HandleTypes { 'acme-audit': true } }`
 */
export interface HandleTypes {
  StandardInputOutput: true
  IpcChannel: true
  EventChannel: true
  EventSubscription: true
  Regular: true
  ConfigFile: true
  LogOutput: true
}

/** How a handle is used, not what the object is: the same file is a config file here, a log there. */
export type HandleType = keyof HandleTypes

/**
 * Close-on-exec belongs to the handle. The other three belong to the open object: they are read from
 * it and written to it, so that all its duplicates see them.
 */
export type SpecialSemantics = 'CloseOnExec' | 'NonBlocking' | 'Append' | 'Sync'

/** How a handle is used. */
export interface HandleMetadata {
  handleType: HandleType
  accessMode: AccessMode
  /** Any set of them, each at most once. */
  specialSemantics: SpecialSemantics[]
}

/** Metadata with parts left out; each call says what stands for a part that is missing. */
export type MetadataInit = {
  readonly [K in keyof HandleMetadata]?: K extends 'specialSemantics' ? readonly SpecialSemantics[] : HandleMetadata[K]
}

/*
 * A table keeps metadata as one integer, its owner's part of it: bits 0 and 1 the access mode, bit 2
 * close-on-exec, from bit 3 on the number of the role.
 */

/** Close-on-exec in packed metadata. */
export const CLOSE_ON_EXEC = 4
const ACCESS = READABLE | WRITABLE
export const ROLE_SHIFT = 3
/** What of packed metadata is not the role: the access mode and close-on-exec. */
export const HANDLE_BITS = (1 << ROLE_SHIFT) - 1

/** The roles with a number for introspection, by that number; a plugin's own role reports 0. */
const NUMBERED = ['StandardInputOutput', 'IpcChannel', 'Regular', 'EventChannel', 'EventSubscription', 'ConfigFile', 'LogOutput']
const REGULAR = NUMBERED.indexOf('Regular') + 1
/** Roles of plugins are names in a program's text, not data: more than this are a mistake. */
const MOST_ROLES = 1024

const STATUS: readonly (readonly [SpecialSemantics, number])[] = [
  ['NonBlocking', NONBLOCK],
  ['Append', APPEND],
  ['Sync', SYNC],
]
const STATUS_BITS = NONBLOCK | APPEND | SYNC

/** The mode of READABLE and WRITABLE bits. */
function accessModeOf(bits: number): AccessMode {
  const access = bits & ACCESS
  return access === READABLE ? 'ReadOnly' : access === WRITABLE ? 'WriteOnly' : 'ReadWrite'
}

/** READABLE and WRITABLE of packed metadata, or-ed. */
export function packedAccess(packed: number): number {
  return packed & ACCESS
}

/** What metadata says, in the two parts that are kept in two places. */
export interface Encoded {
  /** The handle's part, packed; nothing where it is left out. */
  readonly packed: number
  /** Which bits of packed metadata it speaks of. */
  readonly mask: number
  /** The open object's part: status flags; undefined where the metadata did not speak of them. */
  readonly status: number | undefined
}

/**
 * Packs metadata. This runs the metadata's own code, getters, so no lock may be held; which handle it will be is not
 * known yet: {@link checkAccess} and {@link withEncoded} go on when it is.
 *
 * @throws EINVAL that names the field
 */
export function encodeMetadata(init: unknown, syscall: string): Encoded {
  if (typeof init !== 'object' || init === null) throw invalid('metadata', 'an object', init, syscall)
  const { handleType, accessMode, specialSemantics } = init as Record<keyof HandleMetadata, unknown>
  let packed = 0
  let mask = 0
  if (handleType !== undefined && (typeof handleType !== 'string' || handleType === '')) {
    throw invalid('metadata.handleType', 'the name of a role', handleType, syscall)
  }
  if (accessMode !== undefined) {
    const bits = accessBits(accessMode)
    if (bits === 0) throw invalid('metadata.accessMode', 'ReadOnly, WriteOnly or ReadWrite', accessMode, syscall)
    packed = bits
    mask = ACCESS
  }
  if (handleType !== undefined) mask |= ~HANDLE_BITS
  if (specialSemantics === undefined) return { packed: withRole(packed, handleType, syscall), mask, status: undefined }
  if (!Array.isArray(specialSemantics)) throw invalid('metadata.specialSemantics', 'an array', specialSemantics, syscall)
  let status = 0
  mask |= CLOSE_ON_EXEC
  for (const flag of specialSemantics as unknown[]) {
    const known = STATUS.find(([name]) => name === flag)
    if (known !== undefined) status |= known[1]
    else if (flag === 'CloseOnExec') packed |= CLOSE_ON_EXEC
    else {
      throw invalid('metadata.specialSemantics', 'of CloseOnExec, NonBlocking, Append and Sync', flag, syscall)
    }
  }
  return { packed: withRole(packed, handleType, syscall), mask, status }
}

/** @throws EINVAL for a mode that the open object does not have */
export function checkAccess({ packed }: Encoded, available: number, syscall: string): void {
  if ((packed & ACCESS & ~available) === 0) return
  const wanted = `within the open object's ${accessModeOf(available)}`
  throw invalid('metadata.accessMode', wanted, accessModeOf(packed), syscall)
}

/** Packed metadata in which what was encoded replaces what it speaks of. */
export function withEncoded(base: number, { packed, mask }: Encoded): number {
  return (base & ~mask) | packed
}

/** A copy of what a handle's packed metadata and its object's status flags say. */
export function decodeMetadata(packed: number, status: number): HandleMetadata {
  const specialSemantics: SpecialSemantics[] = (packed & CLOSE_ON_EXEC) === 0 ? [] : ['CloseOnExec']
  for (const [name, bits] of STATUS) if ((status & bits) === bits) specialSemantics.push(name)
  return {
    handleType: roles().names[packed >> ROLE_SHIFT] as HandleType,
    accessMode: accessModeOf(packed),
    specialSemantics,
  }
}

/** Packed metadata of a handle of which nothing but its object's mode is known. */
export function plainMetadata(available: number): number {
  return available | (REGULAR << ROLE_SHIFT)
}

/** The status flags of an open object after a metadata that names `wanted` replaced the named ones. */
export function replaceStatus(status: number, wanted: number): number {
  return (status & ~STATUS_BITS) | wanted
}

/** How many roles have a number of their own, the same in every program. */
export const NUMBERED_ROLES = NUMBERED.length

/** The name of a role by its number in this program. */
export function roleNamed(number: number): string {
  return roles().names[number]!
}

/** The number of a role in this program. @throws EINVAL when there are too many */
export function roleNumber(role: string): number {
  return withRole(0, role, 'metadata') >> ROLE_SHIFT
}

/** The number by which introspection reports the role of packed metadata; 0 for a plugin's own. */
export function reportedRole(packed: number): number {
  const role = packed >> ROLE_SHIFT
  return role <= NUMBERED.length ? role : 0
}

/** Packed metadata with another role, which is given a number if it has none yet. */
function withRole(packed: number, role: string | undefined, syscall: string): number {
  if (role === undefined) return packed
  const { names, numbers } = roles()
  let number = numbers.get(role)
  if (number === undefined) {
    if (names.length > MOST_ROLES)
      throw invalid('metadata.handleType', `one of at most ${String(MOST_ROLES)} roles`, role, syscall)
    number = names.push(role) - 1
    numbers.set(role, number)
  }
  return (packed & HANDLE_BITS) | (number << ROLE_SHIFT)
}

interface Roles {
  readonly names: string[]
  readonly numbers: Map<string, number>
}

const ROLES = Symbol.for('@ht/core/roles')

/**
 * The numbers of roles by which metadata is packed. All copies of core in a program share them, as they share
 * open objects and tables.
 */
function roles(): Roles {
  const shared = globalThis as { [ROLES]?: Roles | undefined }
  return (shared[ROLES] ??= rolesOf(['', ...NUMBERED]))
}

function rolesOf(names: string[]): Roles {
  return { names, numbers: new Map(names.map((name, i) => [name, i])) }
}
