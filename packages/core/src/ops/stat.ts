import { EINVAL } from '../errors/numbers.js'

/** What is known of a file (stat(2)). Times are milliseconds since 1970, with a fraction. */
export interface Stat {
  dev: number
  ino: number
  /** Type (S_IFMT) and permission bits. */
  mode: number
  nlink: number
  uid: number
  gid: number
  rdev: number
  /** Bytes. */
  size: number
  blksize: number
  /** Of 512 bytes each. */
  blocks: number
  atimeMs: number
  mtimeMs: number
  ctimeMs: number
  birthtimeMs: number
}

const FIELDS: readonly (keyof Stat)[] = [
  'dev',
  'ino',
  'mode',
  'nlink',
  'uid',
  'gid',
  'rdev',
  'size',
  'blksize',
  'blocks',
  'atimeMs',
  'mtimeMs',
  'ctimeMs',
  'birthtimeMs',
]

/** How many bytes a stat takes: 14 doubles, in the order of {@link Stat}, in the machine's byte order. */
export const STAT_BYTES = 14 * 8

// A stat goes through one aligned scratch area, so that neither side needs a view of the caller's memory. No property is
// read here, so that bundlers drop it where it is not used.
const scratch = /* @__PURE__ */ new ArrayBuffer(STAT_BYTES)
const doubles = /* @__PURE__ */ new Float64Array(scratch)
const bytes = /* @__PURE__ */ new Uint8Array(scratch)

/** Writes a stat into bytes: 0, or −EINVAL when there are too few. */
export function writeStat(out: Uint8Array, stat: Readonly<Stat>): number {
  if (out.length < STAT_BYTES) return -EINVAL
  doubles[0] = stat.dev
  doubles[1] = stat.ino
  doubles[2] = stat.mode
  doubles[3] = stat.nlink
  doubles[4] = stat.uid
  doubles[5] = stat.gid
  doubles[6] = stat.rdev
  doubles[7] = stat.size
  doubles[8] = stat.blksize
  doubles[9] = stat.blocks
  doubles[10] = stat.atimeMs
  doubles[11] = stat.mtimeMs
  doubles[12] = stat.ctimeMs
  doubles[13] = stat.birthtimeMs
  out.set(bytes)
  return 0
}

/** Reads a stat from the bytes that a capability's `stat` or `statAt` filled. */
export function readStat(from: Uint8Array): Stat {
  bytes.set(from.subarray(0, STAT_BYTES))
  return Object.fromEntries(FIELDS.map((field, i) => [field, doubles[i]])) as unknown as Stat
}

/** The type bits of a mode, and the types. */
export const S_IFMT = 0o170000
export const S_IFSOCK = 0o140000
export const S_IFLNK = 0o120000
export const S_IFREG = 0o100000
export const S_IFBLK = 0o060000
export const S_IFDIR = 0o040000
export const S_IFCHR = 0o020000
export const S_IFIFO = 0o010000
