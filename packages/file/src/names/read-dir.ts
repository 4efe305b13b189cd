import { S_IFDIR, writeEntry, type DirectoryEntry } from '@ht/core'
import { EINVAL } from '../errno.js'
import { PARENT_COOKIE, SELF_COOKIE, type Name, type Names } from './names.js'

/** What a name names. */
export interface Named {
  readonly ino: number
  /** S_IF… bits. */
  readonly type: number
}

/** A directory that is being read. */
export interface Readable {
  readonly names: Names
  readonly self: number
  readonly parent: number
  /** What a name names, or undefined when it is gone. */
  readonly look: (name: Name) => Named | undefined
}

/**
 * Fills `out` with whole entries, from the one after `cookie` on, or after `state.offset`, which then moves on,
 * for a negative cookie: the bytes filled, or −EINVAL when there is no room for one (getdents64(2)).
 */
export function readDirectory(state: { offset: number }, directory: Readable, cookie: number, out: Uint8Array): number {
  let filled = 0
  let last = cookie < 0 ? state.offset : cookie
  for (const entry of entriesAfter(directory, last)) {
    const end = writeEntry(out, filled, entry)
    if (end < 0 && filled === 0) return -EINVAL
    if (end < 0) break
    filled = end
    last = entry.cookie
  }
  if (cookie < 0) state.offset = last
  return filled
}

function* entriesAfter({ names, self, parent, look }: Readable, cookie: number): Generator<DirectoryEntry, void> {
  if (cookie < SELF_COOKIE) yield { name: '.', ino: self, type: S_IFDIR, cookie: SELF_COOKIE }
  if (cookie < PARENT_COOKIE) yield { name: '..', ino: parent, type: S_IFDIR, cookie: PARENT_COOKIE }
  for (const entry of names.after(cookie)) {
    const named = look(entry)
    if (named !== undefined) yield { ...entry, ...named }
  }
}
