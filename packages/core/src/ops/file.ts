import { defineCapability } from '../kind/capability.js'

/** A file, which has positions. Positions and lengths are in bytes, times in microseconds since 1970. */
export interface FileMethods {
  /** Reads at a position; the object's offset stays (pread(2)). −EINVAL for a negative position. */
  pread(buffer: Uint8Array, position: number): number
  /** Writes at a position; the object's offset stays; an object with APPEND writes at the end all the same (pwrite(2)). */
  pwrite(bytes: Uint8Array, position: number): number
  /** Moves the offset, which all duplicates share, and answers it (lseek(2)). `origin`: SEEK_SET, SEEK_CUR, SEEK_END; SEEK_DATA, SEEK_HOLE, which are −ENXIO from the end on. */
  seek(offset: number, origin: number): number
  /** Cuts or extends with zeros (ftruncate(2)). */
  truncate(length: number): number
  /** Returns when the data, and unless `dataOnly` is 1 its metadata too, is stored (fsync(2), fdatasync(2)). */
  sync(dataOnly: number): number
  /** Fills `out` (STAT_BYTES at least) with what `readStat` reads (fstat(2)). */
  stat(out: Uint8Array): number
  /** Sets permission bits (fchmod(2)). */
  setMode(mode: number): number
  /** Sets times of access and change; OMIT leaves one as it is (futimens(3)). */
  setTimes(accessed: number, modified: number): number
}

/** Positions, size and metadata of an open file. */
export const FileOps = /* @__PURE__ */ defineCapability<FileMethods>('ht:file', {
  pread: { parameters: ['out', 'int'], result: 'int', absent: 'ESPIPE' },
  pwrite: { parameters: ['in', 'int'], result: 'int', absent: 'ESPIPE' },
  seek: { parameters: ['int', 'int'], result: 'int', absent: 'ESPIPE' },
  truncate: { parameters: ['int'], result: 'int', absent: 'EINVAL' },
  sync: { parameters: ['int'], result: 'int', absent: 'EINVAL' },
  stat: { parameters: ['out'], result: 'int' },
  setMode: { parameters: ['int'], result: 'int' },
  setTimes: { parameters: ['int', 'int'], result: 'int' },
})

/** Origin of a seek: the start, the offset, the end. */
export const SEEK_SET = 0
export const SEEK_CUR = 1
export const SEEK_END = 2
/** Origin of a seek: the next byte from the offset on that is stored, or in a hole; the end of a file is a hole. */
export const SEEK_DATA = 3
export const SEEK_HOLE = 4

/** A time that stays as it is. */
export const OMIT = Number.MIN_SAFE_INTEGER
