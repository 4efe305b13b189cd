import * as fs from 'node:fs'
import { basename } from 'node:path'
import { acquire, release, type SharedMemory } from '@ht/core/shared'
import { reopen } from '../create.js'
import type { OpenFile } from '../../fs-like/volume.js'

/* ── The own words of an open file ── */
/** Held by who moves the offset. */
export const LOCK = 0
/** The descriptor; {@link NONE} once it is to be closed. */
export const DESCRIPTOR = 1
/** {@link APPENDS}, {@link READ_ONLY} and {@link CAN_REOPEN}, or-ed. */
export const FLAGS = 2
/** Bytes, below 2^32 and above: words that are only written together, in one go. Guarded by {@link LOCK}. */
const OFFSET_LOW = 3
const OFFSET_HIGH = 4

const NONE = -1

/** The descriptor was opened with O_APPEND. */
export const APPENDS = 1
/** The tree refuses every change. */
export const READ_ONLY = 2
/** The host can open the file behind a descriptor once more. */
export const CAN_REOPEN = 4

/**
 * An open file of the host's in shared memory, as one thread sees it. Descriptors are the process's, so every thread
 * reads and writes by itself; the offset is the object's, as on Linux, and Node knows nothing of it.
 */
export class SharedHostFile implements OpenFile {
  readonly volume: OpenFile['volume']
  readonly appends: boolean
  /** Of the call under way. It is not kept: a worker's own descriptors are closed when it ends. */
  twin = NONE
  readonly #memory: SharedMemory
  readonly #at: number

  constructor(memory: SharedMemory, at: number) {
    const flags = memory.words[at + FLAGS]!
    this.volume = { fs, readOnly: (flags & READ_ONLY) !== 0, reopen: (flags & CAN_REOPEN) === 0 ? undefined : reopen }
    this.appends = (flags & APPENDS) !== 0
    this.#memory = memory
    this.#at = at
  }

  get fd(): number {
    return this.#memory.words[this.#at + DESCRIPTOR]!
  }

  get offset(): number {
    const { words } = this.#memory
    return words[this.#at + OFFSET_HIGH]! * 2 ** 32 + (words[this.#at + OFFSET_LOW]! >>> 0)
  }

  set offset(bytes: number) {
    const { words } = this.#memory
    const at = this.#at
    const high = Math.floor(bytes / 2 ** 32)
    words[at + OFFSET_LOW] = bytes
    words[at + OFFSET_HIGH] = high
  }

  /** The name that the file has now, where the host tells. */
  get name(): string {
    try {
      return basename(fs.readlinkSync(`/proc/self/fd/${this.fd}`))
    } catch {
      return 'file'
    }
  }

  /** Makes a call while no other thread makes one that needs the offset. */
  exclusively<R>(call: () => R): R {
    const lock = this.#at + LOCK
    acquire(this.#memory, lock)
    try {
      return call()
    } finally {
      release(this.#memory, lock)
      const { twin } = this
      this.twin = NONE
      if (twin !== NONE) fs.closeSync(twin)
    }
  }

  /** Closes the descriptor. Done again, it closes nothing: its number may be another file's. */
  close(): void {
    const { words } = this.#memory
    const { fd } = this
    words[this.#at + DESCRIPTOR] = NONE
    if (fd !== NONE) fs.closeSync(fd)
  }
}
