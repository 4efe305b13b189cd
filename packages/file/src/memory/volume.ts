import { OMIT, S_IFCHR, S_IFDIR, S_IFMT, S_IFREG, type KernelObject, type Stat } from '@ht/core'
import { ENOENT, ENOSPC, ENOTDIR } from '../errno.js'
import { utf8Length } from '../path/limits.js'
import { Names } from '../names/names.js'
import { Content, type Space } from './content.js'
import { isDirectory, isLink, NULL_DEVICE, typeOf, type Directory, type Inode } from './inode.js'
import type { Hierarchy, Walk } from '../path/walk.js'

/** An inode of a volume: for calls on names, the directory that they begin at. */
export interface Place {
  readonly volume: Volume
  readonly inode: Inode
}

/** Makes a new open object for an inode of a volume. */
export type OpenHook = (volume: Volume, inode: Inode, name: string, flags: number) => KernelObject

/** What a volume may take. */
export interface Limits {
  readonly maxBytes: number
  readonly maxEntries: number
  readonly maxFileBytes: number
}

const ROOT = 1
const BLOCK = 512
const PERMISSIONS = 0o7777
/** What is made in a directory with it has the directory's group, and a directory has it too (inode(7)). */
const S_ISGID = 0o2000
let lastDevice = 0

/**
 * The inodes of one tree, by number. It keeps the counts: an inode is dropped when no name names it and
 * nothing holds it, and its number is then the next one's.
 */
export class Volume implements Hierarchy<Inode> {
  readonly limits: Limits
  readonly now: () => number
  /** A new open object for an inode; `flags` as openat(2) has them, and the name that it was found by. */
  readonly open: (inode: Inode, name: string, flags: number) => KernelObject
  readonly space: Space
  readonly #device = ++lastDevice
  readonly #inodes: (Inode | undefined)[] = [undefined]
  readonly #free: number[] = []
  #entries = 0

  constructor(limits: Limits, now: () => number, open: OpenHook) {
    this.limits = limits
    this.now = now
    this.open = (inode, name, flags) => open(this, inode, name, flags)
    this.space = { used: 0, limit: limits.maxBytes }
    this.#make(S_IFDIR | 0o755, ROOT, '').nlink = 2
  }

  // ── The tree, for walks ─────────────────────────────────────────────────────────────────────────

  get root(): Directory {
    return this.#inodes[ROOT] as Directory
  }

  enter(directory: Inode, name: string): Inode | string | number {
    const inode = this.look(directory, name)
    if (inode === undefined) return -ENOENT
    return isDirectory(inode) ? inode : isLink(inode) ? this.targetOf(inode) : -ENOTDIR
  }

  /** Where a link leads; to be led is to read it. */
  targetOf(link: Inode): string {
    this.accessed(link)
    return link.target
  }

  up(directory: Inode): Inode {
    return this.inode(directory.parent)
  }

  isRemoved(directory: Inode): boolean {
    return directory.nlink === 0
  }

  leave(): void {
    // A walk holds nothing: no inode goes while it is under way.
  }

  /** What a name in a directory names. */
  look(directory: Inode, name: string): Inode | undefined {
    const found = directory.names!.get(name)
    return found === undefined ? undefined : this.#inodes[found.ino]
  }

  /** What the last name of a walk names. */
  last(walk: Walk<Inode>): Inode | undefined {
    return walk.endsInDirectory ? walk.directory : this.look(walk.directory, walk.name)
  }

  /** The inode of a number that something still counts on. */
  inode(ino: number): Inode {
    return this.#inodes[ino]!
  }

  // ── Names and counts ────────────────────────────────────────────────────────────────────────────

  /** 0 when a directory can take another name, else −errno: one that was removed takes none. */
  room(directory: Inode): number {
    if (directory.nlink === 0) return -ENOENT
    return this.#entries >= this.limits.maxEntries ? -ENOSPC : 0
  }

  /** Makes an inode and its first name. The directory has room. */
  create(directory: Inode, name: string, mode: number, target: string): Inode {
    const inode = this.#make((mode & S_IFMT) === S_IFDIR ? mode | (directory.mode & S_ISGID) : mode, directory.ino, target)
    // A directory's own `.`.
    if (isDirectory(inode)) inode.nlink = 1
    this.link(directory, name, inode)
    return inode
  }

  /** Adds a name. The directory has room. */
  link(directory: Inode, name: string, inode: Inode): void {
    const now = this.now()
    directory.names!.add(name, inode.ino)
    this.#entries++
    inode.nlink++
    came(directory, inode, now)
  }

  /** Removes a name. A directory has to be empty. */
  unlink(directory: Inode, name: string, inode: Inode): void {
    const now = this.now()
    this.#forget(directory, name)
    this.#removed(directory, inode, now)
  }

  /** Moves a name, over what has the new one, if anything. At each moment the inode has a name. */
  move(from: Inode, name: string, to: Inode, newName: string, inode: Inode): void {
    const now = this.now()
    const taken = to.names!.get(newName)
    if (taken === undefined) {
      this.link(to, newName, inode)
    } else {
      const replaced = this.inode(taken.ino)
      taken.ino = inode.ino
      inode.nlink++
      came(to, inode, now)
      this.#removed(to, replaced, now)
    }
    this.#forget(from, name)
    left(from, inode, now)
    inode.nlink--
  }

  /** Lets two names trade what they name. */
  exchange(a: Inode, aName: string, b: Inode, bName: string): void {
    const now = this.now()
    const inA = a.names!.get(aName)!
    const inB = b.names!.get(bName)!
    const first = this.inode(inA.ino)
    const second = this.inode(inB.ino)
    inA.ino = second.ino
    inB.ino = first.ino
    left(a, first, now)
    left(b, second, now)
    came(a, second, now)
    came(b, first, now)
  }

  hold(inode: Inode): void {
    inode.holds++
  }

  unhold(inode: Inode): void {
    inode.holds--
    this.#dropUnused(inode)
  }

  #forget(directory: Inode, name: string): void {
    directory.names!.remove(name)
    this.#entries--
  }

  /** A name of an inode went; for a directory that is its end. */
  #removed(directory: Inode, inode: Inode, now: number): void {
    left(directory, inode, now)
    if (isDirectory(inode)) {
      inode.nlink = 0
      // A task that still holds it can go up from it.
      this.hold(directory)
    } else {
      inode.nlink--
    }
    this.#dropUnused(inode)
  }

  #dropUnused(inode: Inode): void {
    let unused = inode
    while (unused.nlink === 0 && unused.holds === 0) {
      unused.content?.truncate(0, this.space)
      this.#inodes[unused.ino] = undefined
      this.#free.push(unused.ino)
      if (!isDirectory(unused)) return
      unused = this.inode(unused.parent)
      unused.holds--
    }
  }

  #make(mode: number, parent: number, target: string): Inode {
    const ino = this.#free.pop() ?? this.#inodes.length
    const type = mode & S_IFMT
    const now = this.now()
    const inode: Inode = {
      ino,
      mode,
      nlink: 0,
      holds: 0,
      atime: now,
      mtime: now,
      ctime: now,
      birthtime: now,
      content: type === S_IFREG ? new Content() : undefined,
      names: type === S_IFDIR ? new Names() : undefined,
      parent,
      target,
    }
    this.#inodes[ino] = inode
    return inode
  }

  // ── Metadata ────────────────────────────────────────────────────────────────────────────────────

  /** A read: noted when it is the first since the file changed (mount(8), relatime, without its daily note). */
  accessed(inode: Inode): void {
    if (inode.atime <= inode.mtime || inode.atime <= inode.ctime) inode.atime = this.now()
  }

  modified(inode: Inode): void {
    inode.mtime = inode.ctime = this.now()
  }

  setMode(inode: Inode, mode: number): number {
    inode.mode = (inode.mode & S_IFMT) | (mode & PERMISSIONS)
    inode.ctime = this.now()
    return 0
  }

  /** Microseconds since 1970; OMIT leaves a time as it is. */
  setTimes(inode: Inode, accessed: number, modified: number): number {
    if (accessed !== OMIT) inode.atime = accessed / 1000
    if (modified !== OMIT) inode.mtime = modified / 1000
    inode.ctime = this.now()
    return 0
  }

  stat(inode: Inode): Stat {
    return {
      dev: this.#device,
      ino: inode.ino,
      mode: inode.mode,
      nlink: inode.nlink,
      uid: 0,
      gid: 0,
      rdev: typeOf(inode) === S_IFCHR ? NULL_DEVICE : 0,
      size: inode.content?.size ?? utf8Length(inode.target),
      blksize: 4096,
      blocks: Math.ceil((inode.content?.allocated ?? 0) / BLOCK),
      atimeMs: inode.atime,
      mtimeMs: inode.mtime,
      ctimeMs: inode.ctime,
      birthtimeMs: inode.birthtime,
    }
  }
}

/** An inode has come into a directory: a directory's `..` leads and counts there. */
function came(directory: Inode, inode: Inode, now: number): void {
  directory.mtime = directory.ctime = inode.ctime = now
  if (!isDirectory(inode)) return
  inode.parent = directory.ino
  directory.nlink++
}

/** An inode has left a directory. */
function left(directory: Inode, inode: Inode, now: number): void {
  directory.mtime = directory.ctime = inode.ctime = now
  if (isDirectory(inode)) directory.nlink--
}
