import { checkBytes, errorFrom, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, StreamOps, type KernelObject } from '@ht/core'
import { EEXIST, EINVAL, EISDIR } from '../errno.js'
import { isDirectory } from './inode.js'
import { memoryKinds } from './kinds.js'
import { find, makeDirectory, makeNullDevice } from './names.js'
import { openPath } from './open.js'
import { openInode } from './open-object.js'
import { Volume, type Place } from './volume.js'
import type { FileTree } from '../file-tree.js'

/** How a memory tree is made. */
export interface MemoryTreeOptions {
  /** How many bytes of memory the contents of its files may take together; then ENOSPC. Unlimited by default. */
  readonly maxBytes?: number
  /** How many names it may hold, in all its directories; then ENOSPC. Unlimited by default. */
  readonly maxEntries?: number
  /** How many bytes long a file can be; beyond, EFBIG. Defaults to 16 TiB, the maximum. Holes take no memory. */
  readonly maxFileBytes?: number
  /** The time in milliseconds since 1970; `Date.now` by default. It must not throw. */
  readonly now?: () => number
}

/** A tree of files in memory. It is gone when nothing refers to it or to an open object of it. */
export interface MemoryTree extends FileTree {
  root(): KernelObject<'ht:memory-directory'>
  /**
   * Makes a file hold these bytes, or this text in UTF-8; `mode` is for a new file and defaults to 0o644.
   * The bytes are copied.
   *
   * @throws what open(2) and write(2) would: ENOENT without its directory, EISDIR, ENOSPC, …
   */
  writeFile(path: string, content: Uint8Array | string, mode?: number): void
  /**
   * A copy of what a file holds; of the null device, nothing.
   *
   * @throws what open(2) would: ENOENT, EISDIR, …
   */
  readFile(path: string): Uint8Array
  /**
   * Makes a directory and those on the way that are missing; one that is there stays as it is.
   *
   * @throws what mkdir(2) would: ENOTDIR when something else is there, ENAMETOOLONG, …
   */
  mkdir(path: string, mode?: number): void
  /**
   * Makes a null device (null(4)): always at its end, and whatever is written to it is gone. `mode` is 0o666 if omitted.
   *
   * @throws what mknod(2) would: EEXIST, ENOENT without its directory, ENOSPC, …
   */
  nullDevice(path: string, mode?: number): void
  /** Bytes of memory that the contents of its files take now. */
  readonly usedBytes: number
}

const HIGHEST_FILE_BYTES = 2 ** 44

/**
 * Makes an empty tree. Permission bits are stored and reported, and not enforced: the holder of one of
 * its directories may do anything in it, as root may.
 *
 * @example
 * const tree = createMemoryTree({ maxBytes: 1 << 20 })
 * tree.writeFile('/hello.txt', 'hello\n')
 * const root = tree.root()
 * const file = root.as(DirectoryOps).openAt('hello.txt', O_RDONLY, 0)
 * @throws EINVAL that names an option that is wrong
 */
export function createMemoryTree(options: MemoryTreeOptions = {}): MemoryTree {
  if ((options as unknown) === null) fail('options', 'an object')
  const { maxBytes = Infinity, maxEntries = Infinity, maxFileBytes = Infinity, now = Date.now } = options
  const limits = { maxBytes, maxEntries, maxFileBytes: Math.min(maxFileBytes, HIGHEST_FILE_BYTES) }
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== 'number' || !(value >= 0)) fail(name, '0 or more')
  }
  if (typeof now !== 'function') fail('now', 'a function')
  return new Tree(new Volume(limits, now, openInode))
}

class Tree implements MemoryTree {
  readonly kinds = memoryKinds
  /** The root. */
  readonly #top: Place

  constructor(volume: Volume) {
    this.#top = { volume, inode: volume.root }
  }

  root(): KernelObject<'ht:memory-directory'> {
    const { volume, inode } = this.#top
    return volume.open(inode, '/', O_RDONLY) as KernelObject<'ht:memory-directory'>
  }

  writeFile(path: string, content: Uint8Array | string, mode = 0o644): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : checkBytes(content, 'content')
    const file = succeed(openPath(this.#top, text(path), O_WRONLY | O_CREAT | O_TRUNC, mode), 'open', path)
    let answer = 0
    // A write that is cut short is followed by one that says why.
    for (let done = 0; done < bytes.length && answer >= 0; done += answer) {
      answer = file.as(StreamOps)!.write(bytes.subarray(done))
    }
    file.release()
    succeed(answer < 0 ? answer : true, 'write', path)
  }

  readFile(path: string): Uint8Array {
    const inode = succeed(find(this.#top, text(path), 0), 'open', path)
    const { content } = succeed(isDirectory(inode) ? -EISDIR : inode, 'read', path)
    const bytes = new Uint8Array(content?.size ?? 0)
    content?.read(bytes, 0)
    return bytes
  }

  mkdir(path: string, mode = 0o755): void {
    for (const { index, 0: name } of text(path).matchAll(/[^/]+/g)) {
      const made = makeDirectory(this.#top, path.slice(0, index + name.length), mode)
      if (made !== -EEXIST) succeed(made || true, 'mkdir', path)
    }
    succeed(find(this.#top, `${path}/`, 0), 'mkdir', path)
  }

  nullDevice(path: string, mode = 0o666): void {
    succeed(makeNullDevice(this.#top, text(path), mode) || true, 'mknod', path)
  }

  get usedBytes(): number {
    return this.#top.volume.space.used
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : fail('path', 'a text')
}

/** What a call answered, unless that is −errno. */
function succeed<T>(answer: T | number, call: string, path: string): T {
  if (typeof answer === 'number') throw errorFrom(answer, { text: `cannot ${call} ${path}` })
  return answer
}

function fail(argument: string, wanted: string): never {
  throw errorFrom(-EINVAL, { text: `${argument} must be ${wanted}` })
}
