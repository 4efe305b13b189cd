import {
  APPEND,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  BENEATH,
  defineKind,
  DirectoryOps,
  errnoOf,
  FileOps,
  implement,
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_TRUNC,
  openObjectOf,
  READABLE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  StreamOps,
  WRITABLE,
  writeEntry,
  writeStat,
  type ErrorCode,
  type Implementation,
  type KernelObject,
  type Kind,
  type OpenObject,
} from '@ht/core'
import type { DirectoryMethods, FileMethods, StreamMethods } from '@ht/core'

/** What a name in the tree names. */
export interface Inode {
  ino: number
  mode: number
  nlink: number
  atimeMs: number
  mtimeMs: number
  bytes: number[]
  entries: Map<string, Inode>
  target: string
  /** The directory above and the name in it, of a directory that is in the tree. */
  parent: Inode | undefined
}

export interface OpenFile {
  inode: Inode
  offset: number
}

export interface OpenDirectory {
  inode: Inode
  root: Inode
  cursor: number
}

/** All that makes the two kinds, in parts that a test can replace. */
export interface TreeParts {
  stream: Implementation<StreamMethods, OpenFile>
  file: Implementation<FileMethods, OpenFile>
  directory: Implementation<DirectoryMethods, OpenDirectory>
}

export type BrokenTree = { [K in keyof TreeParts]?: Partial<TreeParts[K]> }

let lastIno = 0

export function makeInode(mode: number, target = ''): Inode {
  const entries = new Map<string, Inode>()
  return { ino: ++lastIno, mode, nlink: 1, atimeMs: 0, mtimeMs: 0, bytes: [], entries, target, parent: undefined }
}

/** The kinds of a tree with nothing clever in it, with some parts replaced. */
export function treeKindsWith(broken: BrokenTree = {}): { fileKind: Kind<OpenFile>; directoryKind: Kind<OpenDirectory> } {
  const good = treeParts(() => kinds)
  const kinds = {
    fileKind: defineKind<OpenFile>({
      name: 'acme-file',
      capabilities: [
        implement(StreamOps, { ...good.stream, ...broken.stream }),
        implement(FileOps, { ...good.file, ...broken.file }),
      ],
      describe: ({ state }) => `file ${String(state.inode.ino)}`,
    }),
    directoryKind: defineKind<OpenDirectory>({
      name: 'acme-directory',
      capabilities: [implement(DirectoryOps, { ...good.directory, ...broken.directory })],
      inferMetadata: () => ({ accessMode: 'ReadOnly' }),
    }),
  }
  return kinds
}

/** The parts of a good tree, for what a test replaces only partly. */
export function treeParts(kinds: () => ReturnType<typeof treeKindsWith>): TreeParts {
  return { stream, file, directory: directoryOf(kinds) }
}

function no(code: ErrorCode): number {
  return -errnoOf(code)
}

function at(inode: Inode, position: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return 0
  while (inode.bytes.length < position) inode.bytes.push(0)
  inode.bytes.splice(position, bytes.length, ...bytes)
  return bytes.length
}

function from(inode: Inode, position: number, buffer: Uint8Array): number {
  const taken = inode.bytes.slice(position, position + buffer.length)
  buffer.set(taken)
  return taken.length
}

const stream: TreeParts['stream'] = {
  read({ access, state }, buffer) {
    if ((access & READABLE) === 0) return no('EBADF')
    const count = from(state.inode, state.offset, buffer)
    state.offset += count
    return count
  },
  write({ access, status, state }, bytes) {
    if ((access & WRITABLE) === 0) return no('EBADF')
    if ((status & APPEND) !== 0) state.offset = state.inode.bytes.length
    const count = at(state.inode, state.offset, bytes)
    state.offset += count
    return count
  },
}

const file: TreeParts['file'] = {
  pread: ({ access, state }, buffer, position) =>
    position < 0 ? no('EINVAL') : (access & READABLE) === 0 ? no('EBADF') : from(state.inode, position, buffer),
  pwrite({ access, status, state }, bytes, position) {
    if (position < 0) return no('EINVAL')
    if ((access & WRITABLE) === 0) return no('EBADF')
    return at(state.inode, (status & APPEND) === 0 ? position : state.inode.bytes.length, bytes)
  },
  seek({ state }, offset, origin) {
    const base = [0, state.offset, state.inode.bytes.length][origin]
    if (base === undefined || base + offset < 0) return no('EINVAL')
    return (state.offset = base + offset)
  },
  truncate({ access, state: { inode } }, length) {
    if (length < 0 || (access & WRITABLE) === 0) return no('EINVAL')
    while (inode.bytes.length < length) inode.bytes.push(0)
    inode.bytes.length = length
    return 0
  },
  sync: () => 0,
  stat: ({ state }, out) => statOf(state.inode, out),
  setMode({ state: { inode } }, mode) {
    inode.mode = (inode.mode & S_IFMT) | mode
    return 0
  },
  setTimes({ state: { inode } }, accessed, modified) {
    inode.atimeMs = accessed / 1000
    inode.mtimeMs = modified / 1000
    return 0
  },
}

function statOf(inode: Inode, out: Uint8Array): number {
  const { ino, mode, nlink, atimeMs, mtimeMs, bytes } = inode
  const size = (mode & S_IFMT) === S_IFREG ? bytes.length : 0
  const rest = { dev: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, blocks: 0, ctimeMs: 0, birthtimeMs: 0 }
  return writeStat(out, { ...rest, ino, mode, nlink, size, atimeMs, mtimeMs })
}

/** Where a path leads: the directory and the last name in it, and what that names, or −errno. */
type Place = { directory: Inode; name: string; inode: Inode | undefined; slash: boolean } | number

function walk(start: OpenDirectory, path: string, follow: boolean, flags: number, links = 0): Place {
  const beneath = (flags & BENEATH) !== 0
  if (path === '') return no('ENOENT')
  if (links > 40) return no('ELOOP')
  if (path.startsWith('/') && beneath) return no('EXDEV')
  let directory = path.startsWith('/') ? start.root : start.inode
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  const slash = /\/\.?$|(^|\/)\.$/.test(path)
  for (const [i, name] of names.entries()) {
    const last = i === names.length - 1
    if ((directory.mode & S_IFMT) !== S_IFDIR) return no('ENOTDIR')
    if (name.length > 255) return no('ENAMETOOLONG')
    if (name === '..') {
      if (beneath && directory === start.inode) return no('EXDEV')
      if (directory !== start.root) directory = directory.parent ?? start.root
      continue
    }
    const inode = directory.entries.get(name)
    if (inode !== undefined && (inode.mode & S_IFMT) === S_IFLNK && (!last || follow || slash)) {
      const rest = [inode.target, ...names.slice(i + 1)].join('/') + (slash ? '/' : '')
      // With BENEATH a link must not lead over where the walk began, so names before it stay in the path.
      if (beneath) {
        if (inode.target.startsWith('/')) return no('EXDEV')
        return walk(start, [...names.slice(0, i), rest].join('/'), follow, flags, links + 1)
      }
      return walk({ ...start, inode: directory }, rest, follow, flags, links + 1)
    }
    if (last) return { directory, name, inode, slash }
    if (inode === undefined) return no('ENOENT')
    directory = inode
  }
  return { directory, name: '.', inode: directory, slash }
}

function found(start: OpenDirectory, path: string, follow: boolean, flags: number): Inode | number {
  const place = walk(start, path, follow, flags)
  if (typeof place === 'number') return place
  if (place.inode === undefined) return no('ENOENT')
  return place.slash && !isDirectory(place.inode) ? no('ENOTDIR') : place.inode
}

function isDirectory(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFDIR
}

/** A place for a new name. */
function free(start: OpenDirectory, path: string, flags: number): Exclude<Place, number> | number {
  const place = walk(start, path, false, flags)
  if (typeof place === 'number') return place
  return place.inode === undefined ? place : no('EEXIST')
}

function put(directory: Inode, name: string, inode: Inode): void {
  directory.entries.set(name, inode)
  if (isDirectory(inode)) inode.parent = directory
}

function directoryOf(kinds: () => ReturnType<typeof treeKindsWith>): TreeParts['directory'] {
  return {
    openAt({ state }, path, flags, mode) {
      const place = walk(state, path, (flags & (O_NOFOLLOW | O_EXCL)) === 0, flags)
      if (typeof place === 'number') return place
      let { inode } = place
      if (inode === undefined) {
        if ((flags & O_CREAT) === 0) return no('ENOENT')
        if (place.slash) return no('EISDIR')
        inode = makeInode(S_IFREG | mode)
        put(place.directory, place.name, inode)
      } else if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) return no('EEXIST')
      if ((inode.mode & S_IFMT) === S_IFLNK) return no('ELOOP')
      if (isDirectory(inode)) {
        if ((flags & (O_ACCMODE | O_CREAT)) !== 0) return no('EISDIR')
        return openDirectory(kinds().directoryKind, { inode, root: state.root, cursor: 0 })
      }
      if ((flags & O_DIRECTORY) !== 0 || place.slash) return no('ENOTDIR')
      if ((flags & O_TRUNC) !== 0) inode.bytes.length = 0
      const accessMode = (['ReadOnly', 'WriteOnly', 'ReadWrite'] as const)[flags & O_ACCMODE] ?? 'ReadWrite'
      const status = (flags & O_APPEND) === 0 ? 0 : APPEND
      return kinds().fileKind.open({ inode, offset: 0 }, { accessMode, status })
    },
    statAt({ state }, path, flags, out) {
      const inode = found(state, path, (flags & AT_SYMLINK_NOFOLLOW) === 0, flags)
      return typeof inode === 'number' ? inode : statOf(inode, out)
    },
    readDir({ state }, cookie, out) {
      let offset = 0
      let next = cookie === -1 ? state.cursor : cookie
      for (const [name, inode] of [...state.inode.entries].slice(next)) {
        const entry = { name, ino: inode.ino, type: inode.mode & S_IFMT, cookie: next + 1 }
        const end = writeEntry(out, offset, entry)
        if (end < 0) {
          if (offset === 0) return no('EINVAL')
          break
        }
        offset = end
        next++
      }
      if (cookie === -1) state.cursor = next
      return offset
    },
    mkdirAt({ state }, path, mode) {
      const place = free(state, path, mode)
      if (typeof place === 'number') return place
      put(place.directory, place.name, makeInode(S_IFDIR | (mode & ~BENEATH)))
      return 0
    },
    unlinkAt({ state }, path, flags) {
      const place = walk(state, path, false, flags)
      if (typeof place === 'number') return place
      const { directory, inode, name } = place
      if (inode === undefined) return no('ENOENT')
      if ((flags & AT_REMOVEDIR) === 0) {
        if (isDirectory(inode)) return no('EISDIR')
      } else if (!isDirectory(inode)) return no('ENOTDIR')
      else if (inode.entries.size > 0) return no('ENOTEMPTY')
      directory.entries.delete(name)
      inode.nlink--
      inode.parent = undefined
      return 0
    },
    renameAt({ state }, path, newDirectory, newPath, flags) {
      const old = walk(state, path, false, flags)
      const to = walk(directoryState(newDirectory), newPath, false, flags)
      if (typeof old === 'number') return old
      if (typeof to === 'number') return to
      const { inode } = old
      if (inode === undefined) return no('ENOENT')
      for (let it: Inode | undefined = to.directory; it !== undefined; it = it.parent) if (it === inode) return no('EINVAL')
      if (to.inode !== undefined) {
        if ((flags & RENAME_NOREPLACE) !== 0) return no('EEXIST')
        if (isDirectory(to.inode) && !isDirectory(inode)) return no('EISDIR')
        if (!isDirectory(to.inode) && isDirectory(inode)) return no('ENOTDIR')
        if (to.inode.entries.size > 0) return no('ENOTEMPTY')
      }
      old.directory.entries.delete(old.name)
      put(to.directory, to.name, inode)
      return 0
    },
    linkAt({ state }, path, newDirectory, newPath, flags) {
      const inode = found(state, path, (flags & AT_SYMLINK_FOLLOW) !== 0, flags)
      if (typeof inode === 'number') return inode
      const place = free(directoryState(newDirectory), newPath, flags)
      if (typeof place === 'number') return place
      if (isDirectory(inode)) return no('EPERM')
      inode.nlink++
      put(place.directory, place.name, inode)
      return 0
    },
    symlinkAt({ state }, target, path, flags = 0) {
      const place = free(state, path, flags)
      if (typeof place === 'number') return place
      put(place.directory, place.name, makeInode(S_IFLNK | 0o777, target))
      return 0
    },
    readlinkAt({ state }, path, flags = 0) {
      const inode = found(state, path, false, flags)
      if (typeof inode === 'number') return inode
      return (inode.mode & S_IFMT) === S_IFLNK ? inode.target : no('EINVAL')
    },
    pathOf({ state }) {
      let path = ''
      for (let inode = state.inode; inode !== state.root;) {
        const { parent } = inode
        if (parent === undefined) return no('ENOENT')
        const name = [...parent.entries].find(([, it]) => it === inode)?.[0] ?? ''
        path = `/${name}${path}`
        inode = parent
      }
      return path === '' ? '/' : path
    },
    setModeAt({ state }, path, mode, flags) {
      const inode = found(state, path, (flags & AT_SYMLINK_NOFOLLOW) === 0, flags)
      if (typeof inode === 'number') return inode
      inode.mode = (inode.mode & S_IFMT) | mode
      return 0
    },
    setTimesAt({ state }, path, accessed, modified, flags) {
      const inode = found(state, path, (flags & AT_SYMLINK_NOFOLLOW) === 0, flags)
      if (typeof inode === 'number') return inode
      inode.atimeMs = accessed / 1000
      inode.mtimeMs = modified / 1000
      return 0
    },
  }
}

export function openDirectory(kind: Kind<OpenDirectory>, state: OpenDirectory): KernelObject {
  return kind.open(state, { accessMode: 'ReadOnly' })
}

function directoryState(object: KernelObject): OpenDirectory {
  return (openObjectOf(object) as OpenObject<OpenDirectory>).state
}
