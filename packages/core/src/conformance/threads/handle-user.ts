import { errnoOf } from '../../errors/errno.js'
import { isBranded } from '../../errors/handle-error.js'
import { FileOps, SEEK_CUR } from '../../ops/file.js'
import { PipeOps } from '../../ops/pipe.js'
import { readStat, STAT_BYTES } from '../../ops/stat.js'
import { StreamOps } from '../../ops/stream.js'
import { openObjectOf } from '../../object/reference.js'
import { readiness } from '../../ready/promises.js'
import { readSync, whenReadySync, writeSync } from '../../shared/waits/blocking.js'
import { ConformanceError } from '../assert.js'
import type { BorrowedObject, KernelObject } from '../../object/kernel-object.js'
import type { Handle } from '../../table/slots.js'
import type { HandleTable } from '../../table/handle-table.js'
import type { KernelObjectInfo } from '../../table/info.js'
import type { SpecialSemantics } from '../../table/metadata.js'

/** What a read answered, and the bytes that it gave. */
interface ReadAnswer {
  readonly answer: number
  readonly bytes: Uint8Array
}

/**
 * What one thread does with the handles of a table: each call is a rule's step, in the suite's own thread or in another one,
 * and can be posted. Numbers are answers as of a system call: a value or −errno.
 */
export class HandleUser {
  readonly #table: HandleTable
  readonly #timeoutMs: number
  readonly #kept: KernelObject[] = []

  /** @param timeoutMs how long a call that blocks waits, until it answers −ETIMEDOUT */
  constructor(table: HandleTable, timeoutMs: number) {
    this.#table = table
    this.#timeoutMs = timeoutMs
  }

  read(handle: Handle, length: number): ReadAnswer {
    const buffer = new Uint8Array(length)
    return given(
      buffer,
      this.#answer(handle, (it) => it.as(StreamOps)?.read(buffer)),
    )
  }

  write(handle: Handle, bytes: Uint8Array): number {
    return this.#answer(handle, (it) => it.as(StreamOps)?.write(bytes))
  }

  /** Writes a piece the given number of times, each time by one call, which must take it whole: how many were written. */
  writeTimes(handle: Handle, piece: Uint8Array, times: number): number {
    for (let i = 0; i < times; i++) if (this.write(handle, piece) !== piece.length) return i
    return times
  }

  readBlocking(handle: Handle, length: number): ReadAnswer {
    const buffer = new Uint8Array(length)
    return given(
      buffer,
      this.#blocking(handle, (it, options) => readSync(it, buffer, options)),
    )
  }

  /** Reads, blocking, until this many bytes have come, or the end of file. */
  readAllBlocking(handle: Handle, length: number): ReadAnswer {
    const buffer = new Uint8Array(length)
    let at = 0
    while (at < length) {
      const answer = this.#blocking(handle, (it, options) => readSync(it, buffer.subarray(at), options))
      if (answer < 0) return { answer, bytes: buffer.slice(0, at) }
      if (answer === 0) break
      at += answer
    }
    return given(buffer, at)
  }

  writeBlocking(handle: Handle, bytes: Uint8Array): number {
    return this.#blocking(handle, (it, options) => writeSync(it, bytes, options))
  }

  /** Blocks until the object is ready for an event: all bits of its readiness. */
  waitBlocking(handle: Handle, events: number): number {
    return this.#blocking(handle, (it, options) => whenReadySync(it, events, options))
  }

  readiness(handle: Handle): number {
    return this.#answer(handle, (it) => readiness(openObjectOf(it)))
  }

  seek(handle: Handle, offset: number, origin: number): number {
    return this.#answer(handle, (it) => it.as(FileOps)?.seek(offset, origin))
  }

  offset(handle: Handle): number {
    return this.seek(handle, 0, SEEK_CUR)
  }

  truncate(handle: Handle, length: number): number {
    return this.#answer(handle, (it) => it.as(FileOps)?.truncate(length))
  }

  size(handle: Handle): number {
    const out = new Uint8Array(STAT_BYTES)
    const answer = this.#answer(handle, (it) => it.as(FileOps)?.stat(out))
    return answer < 0 ? answer : readStat(out).size
  }

  peers(handle: Handle): number {
    return this.#answer(handle, (it) => it.as(PipeOps)?.peerCount())
  }

  capacity(handle: Handle): number {
    return this.#answer(handle, (it) => it.as(PipeOps)?.capacity())
  }

  setCapacity(handle: Handle, bytes: number): number {
    return this.#answer(handle, (it) => it.as(PipeOps)?.setCapacity(bytes))
  }

  dup(handle: Handle): number {
    return this.#table.dupErrno(handle)
  }

  close(handle: Handle): number {
    return this.#table.closeErrno(handle)
  }

  info(handle: Handle): KernelObjectInfo | undefined {
    return this.#table.getObjectInfo(handle)
  }

  flags(handle: Handle): readonly SpecialSemantics[] | undefined {
    return this.#table.getMetadata(handle)?.specialSemantics
  }

  setFlags(handle: Handle, flags: readonly SpecialSemantics[]): number {
    return this.#table.updateMetadataErrno(handle, { specialSemantics: flags })
  }

  /** Takes a reference, which is no holder, until {@link letGo}. */
  keep(handle: Handle): number {
    const reference = this.#table.get(handle)
    if (reference === undefined) return -errnoOf('EBADF')
    this.#kept.push(reference)
    return 0
  }

  /** Takes the object out of the table: this thread alone has that holder, until {@link letGo}. */
  take(handle: Handle): number {
    const holder = this.#table.remove(handle)
    if (holder === undefined) return -errnoOf('EBADF')
    this.#kept.push(holder)
    return 0
  }

  letGo(): void {
    for (const reference of this.#kept.splice(0)) reference.release()
  }

  #answer(handle: Handle, call: (object: BorrowedObject) => number | undefined): number {
    return (
      this.#table.withObject(handle, (object) => {
        const answer = call(object)
        if (answer === undefined)
          throw new ConformanceError(`an object of the kind ${object.kindName} lost a capability in one thread`)
        return answer
      }) ?? -errnoOf('EBADF')
    )
  }

  #blocking(handle: Handle, call: (object: KernelObject, options: { timeoutMs: number }) => number): number {
    const object = this.#table.get(handle)
    if (object === undefined) return -errnoOf('EBADF')
    try {
      return call(object, { timeoutMs: this.#timeoutMs })
    } catch (error) {
      if (!isBranded(error)) throw error
      return -error.errno
    } finally {
      object.release()
    }
  }
}

function given(buffer: Uint8Array, answer: number): ReadAnswer {
  return { answer, bytes: buffer.slice(0, Math.max(0, answer)) }
}
