import { writeStat, type OpenObject } from '@ht/core'
import type { Place } from './volume.js'

/** What an open object of a memory tree keeps. It holds its inode until it is released. */
export interface OpenInode extends Place {
  /** The name that it was opened by, for people. */
  readonly name: string
  /** Bytes; of a directory, the cookie of the entry that was read last. */
  offset: number
}

/** The methods of files that need only an inode, for files and directories. */
export const inodeMethods = {
  sync: () => 0,
  stat: ({ state: { volume, inode } }: Open, out: Uint8Array) => writeStat(out, volume.stat(inode)),
  setMode: ({ state: { volume, inode } }: Open, mode: number) => volume.setMode(inode, mode),
  setTimes: ({ state: { volume, inode } }: Open, accessed: number, modified: number) =>
    volume.setTimes(inode, accessed, modified),
}

/** The last holder has gone. */
export function releaseInode({ state: { volume, inode } }: Open): void {
  volume.unhold(inode)
}

type Open = OpenObject<OpenInode>
