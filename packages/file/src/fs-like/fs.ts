import type { Stat } from '@ht/core'

/**
 * What a file system has to offer: these functions of `node:fs`, with its errors (a `code` such as `ENOENT`).
 * `node:fs` itself is one, and so is memfs. Flags of `openSync` are those in `constants`, and Linux's without.
 */
export interface FsLike {
  readonly constants?: FsConstants | undefined
  openSync(path: string, flags: number, mode?: number): number
  closeSync(fd: number): void
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number
  ftruncateSync(fd: number, length: number): void
  fsyncSync(fd: number): void
  fdatasyncSync(fd: number): void
  fstatSync(fd: number): Stat
  /** Does not follow a link at the path's end. */
  lstatSync(path: string): Stat
  fchmodSync(fd: number, mode: number): void
  chmodSync(path: string, mode: number): void
  /** Times are seconds since 1970. */
  futimesSync(fd: number, accessed: number | string, modified: number | string): void
  utimesSync(path: string, accessed: number | string, modified: number | string): void
  lutimesSync(path: string, accessed: number | string, modified: number | string): void
  /** The names in a directory, without `.` and `..`. */
  readdirSync(path: string): readonly unknown[]
  mkdirSync(path: string, mode: number): unknown
  rmdirSync(path: string): void
  unlinkSync(path: string): void
  renameSync(path: string, newPath: string): void
  linkSync(path: string, newPath: string): void
  symlinkSync(target: string, path: string): void
  /** What sort of file system a path is in (statfs(2)). One that has no files of processes need not tell. */
  statfsSync?(path: string): { readonly type: number | bigint }
  /** A text, or its bytes in a `Buffer`. */
  readlinkSync(path: string): unknown
}

/** The numbers that open flags have in a file system; one that it does not know is left out. */
export interface FsConstants {
  readonly O_RDONLY?: number
  readonly O_WRONLY?: number
  readonly O_RDWR?: number
  readonly O_CREAT?: number
  readonly O_EXCL?: number
  readonly O_TRUNC?: number
  readonly O_APPEND?: number
  readonly O_NONBLOCK?: number
  readonly O_NOFOLLOW?: number
  readonly O_SYNC?: number
}
