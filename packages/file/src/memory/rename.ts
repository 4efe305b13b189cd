import { RENAME_EXCHANGE } from '@ht/core'
import { EINVAL, ENOENT, ENOTEMPTY } from '../errno.js'
import { ruleOfRename, ruleOfReplace } from '../path/rules.js'
import { isDirectory, typeOf, type Inode } from './inode.js'
import type { Walk } from '../path/walk.js'
import type { Volume } from './volume.js'

/** Renames what the last name of one walk names to the last name of another: 0 or −errno (renameat2(2)). */
export function rename(volume: Volume, from: Walk<Inode>, to: Walk<Inode>, flags: number): number {
  const moved = volume.last(from)
  const replaced = volume.last(to)
  const refused = ruleOfRename(from, typeOf(moved), to, typeOf(replaced), flags)
  if (refused < 0 || moved === undefined) return refused
  const exchange = (flags & RENAME_EXCHANGE) !== 0
  // A directory does not go below itself, nor in the place of one that it is in.
  if (contains(volume, moved, to.directory)) return -EINVAL
  if (replaced !== undefined && contains(volume, replaced, from.directory)) return exchange ? -EINVAL : -ENOTEMPTY
  if (moved === replaced) return 0
  if (exchange) {
    volume.exchange(from.directory, from.name, to.directory, to.name)
    return 0
  }
  if (to.directory.nlink === 0) return -ENOENT
  const wrong = ruleOfReplace(typeOf(moved), typeOf(replaced))
  if (wrong < 0) return wrong
  if (replaced !== undefined && isDirectory(replaced) && replaced.names.size > 0) return -ENOTEMPTY
  volume.move(from.directory, from.name, to.directory, to.name, moved)
  return 0
}

/** Whether a directory is another one, or one that it is in. */
function contains(volume: Volume, inode: Inode, directory: Inode): boolean {
  if (!isDirectory(inode)) return false
  let at = directory
  while (at !== inode && at !== volume.root) at = volume.up(at)
  return at === inode
}
