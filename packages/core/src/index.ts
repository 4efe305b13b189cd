/**
 * The handle table of an operating system, for JavaScript: small numbers that name open objects, with
 * the rules of POSIX. Core knows no kind of object; install the kinds that you need, or define one.
 *
 * @example
 * import { HandleTable, StreamOps, defineKind, implement } from '@ht/core'
 *
 * const logKind = defineKind<string[]>({
 *   name: 'my-log',
 *   capabilities: [implement(StreamOps, {
 *     write(log, bytes) {
 *       log.state.push(new TextDecoder().decode(bytes))
 *       return bytes.length
 *     },
 *   })],
 * })
 * const lines: string[] = []
 * const table = new HandleTable()
 * const log = table.insert(logKind.open(lines)) // 0, the lowest free number
 * const copy = table.dup(log) // 1, the same open object
 * table.withObject(copy, (object) => object.as(StreamOps)?.write(new TextEncoder().encode('hello')))
 *
 * @packageDocumentation
 */

export { HandleTable } from './table/handle-table.js'
export type { HandleTableOptions } from './table/handle-table.js'
export type { Handle } from './table/slots.js'
export type { HandleMetadata, HandleType, HandleTypes, MetadataInit, SpecialSemantics } from './table/metadata.js'
export type { OwnedHandle } from './table/owned-handle.js'
export type { Reservation } from './table/reservation.js'

export { openObjectOf, referenceTo, sameObject } from './object/reference.js'
export type { BorrowedObject, KernelObject } from './object/kernel-object.js'
export { APPEND, NONBLOCK, READABLE, STATUS, SYNC, WRITABLE } from './object/access.js'
export type { AccessMode } from './object/access.js'
export { beginOperation, endBorrow, endOperation } from './object/open-object.js'
export type { OpenObject } from './object/open-object.js'
export type { KernelObjectInfo } from './table/info.js'

export { defineKind } from './kind/define-kind.js'
export { methodsOf } from './kind/kind.js'
export type { Implementation, Kind, KindDefinition, OpenOptions, Provision, ReadyHooks } from './kind/kind.js'
export { createRegistry } from './kind/registry.js'
export type { Kinds, Registry } from './kind/registry.js'
export { defineCapability } from './kind/capability.js'
export type { Capability, MethodSignature, ParameterKind } from './kind/capability.js'
export { implement } from './kind/implement.js'
export type { CapabilitiesOf, KnownKindName, KnownKinds } from './kind/known-kinds.js'

export { StreamOps } from './ops/stream.js'
export type { StreamMethods } from './ops/stream.js'
export { PipeOps } from './ops/pipe.js'
export type { PipeMethods } from './ops/pipe.js'
export { createInode, InodeOps, inodeOps } from './ops/inode.js'
export type { Inode, InodeMethods } from './ops/inode.js'
export { ControlOps, FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD } from './ops/control.js'
export type { ControlMethods } from './ops/control.js'
export { FileOps, OMIT, SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET } from './ops/file.js'
export type { FileMethods } from './ops/file.js'
export * from './ops/directory.js'
export * from './ops/stat.js'
export { readEntries, writeEntry } from './ops/directory-entry.js'
export type { DirectoryEntry } from './ops/directory-entry.js'

export { ERR, HUP, IN, NVAL, OUT, PRI, RDHUP } from './ready/readiness.js'
export { WaitQueue } from './ready/wait-queue.js'
export { onAbort } from './ready/abort.js'
export { readiness, untilAnswered, whenReady } from './ready/promises.js'
export type { WaitOptions } from './ready/promises.js'
export { readAsync, writeAsync, writeWhole } from './ready/stream-promises.js'
export { Transfer } from './ready/transfer.js'
export type { Bytes, Move } from './ready/transfer.js'

export { codeOf, errnoOf } from './errors/errno.js'
export type { ErrorCode } from './errors/errno.js'
export { errnoFrom, errorFrom, HandleError, isHandleError } from './errors/handle-error.js'
export type { HandleErrorDetails } from './errors/handle-error.js'
export { checkBytes, checkSignal } from './errors/check.js'
