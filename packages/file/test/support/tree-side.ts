import {
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  BENEATH,
  DirectoryOps,
  FileOps,
  O_DIRECTORY,
  O_RDONLY,
  readEntries,
  readStat,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  STAT_BYTES,
  StreamOps,
  type DirectoryMethods,
  type KernelObject,
} from '@ht/core'
import { pattern, type Answer, type Side } from './side.js'
import { SLOTS, type Operation } from './operations.js'

/** Operations on a tree of ours. */
export class TreeSide implements Side {
  readonly #root: KernelObject
  readonly #directory: DirectoryMethods
  readonly #slots: (KernelObject | undefined)[] = Array<undefined>(SLOTS).fill(undefined)

  constructor(root: KernelObject) {
    this.#root = root
    this.#directory = root.as(DirectoryOps)!
  }

  /** Whether a path leads above the root, which a referee that is not confined would follow. */
  leaves(path: string): boolean {
    for (const flags of [BENEATH, BENEATH | AT_SYMLINK_NOFOLLOW]) {
      if (this.#directory.statAt(path, flags, stat) === -18) return true
    }
    return false
  }

  run(operation: Operation): Answer {
    const directory = this.#directory
    switch (operation.call) {
      case 'open': {
        const opened = directory.openAt(operation.path, operation.flags, operation.mode)
        if (typeof opened === 'number') return opened
        this.#slots[operation.slot]?.release()
        this.#slots[operation.slot] = opened
        return 0
      }
      case 'mkdir':
        return directory.mkdirAt(operation.path, operation.mode)
      case 'chmod':
        return directory.setModeAt(operation.path, operation.mode, 0)
      case 'unlink':
        return directory.unlinkAt(operation.path, 0)
      case 'rmdir':
        return directory.unlinkAt(operation.path, AT_REMOVEDIR)
      case 'stat':
        return directory.statAt(operation.path, 0, stat) || described(stat)
      case 'lstat':
        return directory.statAt(operation.path, AT_SYMLINK_NOFOLLOW, stat) || described(stat)
      case 'readlink':
        return directory.readlinkAt(operation.path)
      case 'readdir': {
        const opened = directory.openAt(operation.path, O_RDONLY | O_DIRECTORY, 0)
        if (typeof opened === 'number') return opened
        const names = namesIn(opened)
        opened.release()
        return typeof names === 'number' ? names : names.join()
      }
      case 'rename':
        return directory.renameAt(operation.path, this.#root, operation.newPath, 0)
      case 'link':
        return directory.linkAt(operation.path, this.#root, operation.newPath, 0)
      case 'symlink':
        return directory.symlinkAt(operation.path, operation.newPath)
      default:
        return this.#onSlot(operation)
    }
  }

  #onSlot(operation: Exclude<Operation, { path: string }>): Answer {
    const object = this.#slots[operation.slot]
    if (object === undefined) return 'closed'
    const file = object.as(FileOps)!
    const stream = object.as(StreamOps)!
    switch (operation.call) {
      case 'close':
        object.release()
        this.#slots[operation.slot] = undefined
        return 0
      case 'read':
      case 'pread': {
        const buffer = new Uint8Array(operation.length)
        const read = operation.call === 'read' ? stream.read(buffer) : file.pread(buffer, operation.position)
        return read < 0 ? read : Buffer.from(buffer.subarray(0, read)).toString('latin1')
      }
      case 'write':
        return stream.write(pattern(operation.length))
      case 'pwrite':
        return file.pwrite(pattern(operation.length), operation.position)
      case 'truncate':
        return file.truncate(operation.length)
      case 'fstat':
        return file.stat(stat) || described(stat)
    }
  }

  end(): void {
    for (const object of this.#slots) object?.release()
    this.#root.release()
  }

  /** Everything in the tree. */
  picture(): string {
    const lines: string[] = []
    const inodes = new Map<number, string>()
    const draw = (path: string) => {
      for (const name of namesIn(this.#open(path || '.')) as string[]) {
        const at = path === '' ? name : `${path}/${name}`
        this.#directory.statAt(at, AT_SYMLINK_NOFOLLOW, stat)
        const { mode, ino } = readStat(stat)
        const first = inodes.get(ino)
        lines.push(`${at} ${described(stat)} ${first ?? ''}`)
        inodes.set(ino, first ?? at)
        if ((mode & S_IFMT) === S_IFREG) lines.push(this.#content(at))
        else if ((mode & S_IFMT) === S_IFDIR) draw(at)
        else lines.push(String(this.#directory.readlinkAt(at)))
      }
    }
    draw('')
    return lines.join('\n')
  }

  #open(path: string): KernelObject {
    const opened = this.#directory.openAt(path, O_RDONLY, 0)
    if (typeof opened === 'number') throw new Error(`${path}: ${opened}`)
    return opened
  }

  #content(path: string): string {
    const file = this.#open(path)
    const buffer = Buffer.alloc(1 << 20)
    const read = file.as(StreamOps)!.read(buffer)
    file.release()
    return buffer.toString('latin1', 0, read)
  }
}

const stat = new Uint8Array(STAT_BYTES)

/** What two trees must agree on. */
function described(bytes: Uint8Array): string {
  const { mode, nlink, size } = readStat(bytes)
  return (mode & S_IFMT) === S_IFDIR ? `${mode.toString(8)} ${nlink}` : `${mode.toString(8)} ${nlink} ${size}`
}

function namesIn(directory: KernelObject): string[] | number {
  const buffer = new Uint8Array(256)
  const names: string[] = []
  for (;;) {
    const filled = directory.as(DirectoryOps)!.readDir(-1, buffer)
    if (filled < 0) return filled
    if (filled === 0) break
    for (const { name } of readEntries(buffer, filled)) if (name !== '.' && name !== '..') names.push(name)
  }
  directory.release()
  return names.sort()
}
