import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_SYNC,
  O_TRUNC,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  type KernelObject,
} from '@ht/core'
import { ELOOP, ENOENT, EROFS } from '../errno.js'
import { openOptions } from '../open-mode.js'
import { checkOpenFlags, CREATE, FOLLOW, ruleOfOpen } from '../path/rules.js'
import { pathIn, type Folder } from './folders.js'
import { along, look, readLink } from './names.js'
import type { Walk } from '../path/walk.js'
import type { FsVolume } from './volume.js'

/** How often a name is looked at again that others change at the same time. */
const TRIES = 16
const PERMISSIONS = 0o7777

/** Opens what a path names: a new open object, or −errno (openat(2)). */
export function openPath(volume: FsVolume, start: Folder, path: string, flags: number, mode: number): KernelObject | number {
  const wrong = checkOpenFlags(flags)
  if (wrong < 0) return wrong
  return along(volume, start, path, flags, (walk) => {
    for (let tries = 0; tries < TRIES;) {
      const found = look(volume, walk)
      const type = found === undefined ? 0 : found.mode & S_IFMT
      const rule = ruleOfOpen(walk, type, flags)
      if (rule < 0) return rule
      if (rule === FOLLOW) {
        const step = walk.follow(readLink(volume, walk))
        if (step < 0) return step
        continue
      }
      if (type === S_IFDIR) {
        return openFolder(volume, volume.openFolder(walk.directory, walk.endsInDirectory ? '.' : walk.name), flags)
      }
      const wanting = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0
      if (volume.readOnly && (rule === CREATE || (wanting && type === S_IFREG))) return -EROFS
      if (found !== undefined && type !== S_IFREG) {
        const refused = volume.admit(found)
        if (refused < 0) return refused
      }
      try {
        return openFile(volume, walk, rule === CREATE ? flags | O_EXCL : flags & ~(O_CREAT | O_EXCL), mode)
      } catch (error) {
        // Somebody was faster: what was not there is, or what was is gone, or has become a link.
        const { code } = error as { code?: unknown }
        const raced = rule === CREATE ? code === 'EEXIST' : code === 'ELOOP' || (code === 'ENOENT' && (flags & O_CREAT) !== 0)
        if (!raced) throw error
        tries++
      }
    }
    return -ELOOP
  })
}

/** A new open object for the root. @throws what the file system throws */
export function openRoot(volume: FsVolume): KernelObject | number {
  return openFolder(volume, volume.openRoot(), O_RDONLY)
}

function openFolder(volume: FsVolume, folder: Folder | number, flags: number): KernelObject | number {
  if (typeof folder === 'number') return folder
  return volume.directoryKind.open({ volume, folder, offset: 0, names: undefined }, openOptions(flags))
}

/**
 * Opens a file without following a link and without waiting, and looks at what it is that was opened: it
 * may have been something else when its name was looked at.
 */
function openFile(volume: FsVolume, walk: Walk<Folder>, flags: number, mode: number): KernelObject | number {
  const appends = volume.reopen !== undefined && (flags & O_APPEND) !== 0
  const wanted = flags & (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_SYNC | (appends ? O_APPEND : 0))
  const fd = volume.openFile(pathIn(walk.directory, walk.name), wanted | O_NOFOLLOW | O_NONBLOCK, mode & PERMISSIONS)
  try {
    const stat = volume.fs.fstatSync(fd)
    const type = stat.mode & S_IFMT
    // It may have become another since its name was looked at.
    const isHidden = volume.processFiles.hides(stat, walk.directory, walk.name)
    const refused = isHidden ? -ENOENT : type === S_IFREG ? 0 : type === S_IFDIR ? -ENOENT : volume.admit(stat)
    if (refused === 0) {
      const state = { volume, name: walk.name, fd, appends, twin: -1, offset: 0 }
      return volume.open(state, openOptions(flags), type === S_IFREG)
    }
    volume.fs.closeSync(fd)
    return refused
  } catch (error) {
    volume.fs.closeSync(fd)
    throw error
  }
}
