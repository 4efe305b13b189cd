import {
  AT_REMOVEDIR,
  codeOf,
  DirectoryOps,
  FileOps,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  readEntries,
  readStat,
  STAT_BYTES,
  StreamOps,
  type DirectoryMethods,
  type FileMethods,
  type KernelObject,
  type Stat,
  type StreamMethods,
} from '@ht/core'
import { opened } from './trees.js'

/** A number as it is, or the code of −errno. */
export function said(answer: number | string | object): number | string | object {
  return typeof answer === 'number' && answer < 0 ? codeOf(answer) : answer
}

/** Calls on a directory, for tests: what fails gives its code. */
export class Calls {
  readonly object: KernelObject
  readonly ops: DirectoryMethods

  constructor(object: KernelObject) {
    this.object = object
    this.ops = object.as(DirectoryOps)!
  }

  /** The code of a failed open, or the type of what was opened, which is closed again. */
  tryOpen(path: string, flags: number, mode = 0o644): string {
    const answer = this.ops.openAt(path, flags, mode)
    if (typeof answer === 'number') return codeOf(answer)
    answer.release()
    return 'opened'
  }

  open(path: string, flags = O_RDWR | O_CREAT, mode = 0o644): OpenedFile {
    return new OpenedFile(opened(this.ops.openAt(path, flags, mode)))
  }

  directory(path: string): Calls {
    return new Calls(opened(this.ops.openAt(path, O_RDONLY | O_DIRECTORY, 0)))
  }

  write(path: string, text: string): void {
    const file = this.open(path)
    file.write(text)
    file.close()
  }

  read(path: string): string {
    const file = this.open(path, O_RDONLY)
    const text = file.read(10_000)
    file.close()
    return text as string
  }

  stat(path: string, flags = 0): Stat | string {
    const out = new Uint8Array(STAT_BYTES)
    const answer = this.ops.statAt(path, flags, out)
    return answer < 0 ? codeOf(answer) : readStat(out)
  }

  /** A stat that must succeed. */
  known(path: string, flags = 0): Stat {
    return this.stat(path, flags) as Stat
  }

  mkdir = (path: string, mode = 0o755) => said(this.ops.mkdirAt(path, mode))
  unlink = (path: string) => said(this.ops.unlinkAt(path, 0))
  rmdir = (path: string) => said(this.ops.unlinkAt(path, AT_REMOVEDIR))
  rename = (path: string, newPath: string, flags = 0) => said(this.ops.renameAt(path, this.object, newPath, flags))
  link = (path: string, newPath: string, flags = 0) => said(this.ops.linkAt(path, this.object, newPath, flags))
  symlink = (target: string, path: string) => said(this.ops.symlinkAt(target, path))
  readlink = (path: string) => said(this.ops.readlinkAt(path))

  /** The names in this directory, in the order in which they are read. */
  names(bytes = 4096): string[] {
    this.object.as(FileOps)!.seek(0, 0)
    const names: string[] = []
    const buffer = new Uint8Array(bytes)
    for (;;) {
      const filled = this.ops.readDir(-1, buffer)
      if (filled <= 0) return names
      names.push(...readEntries(buffer, filled).map((it) => it.name))
    }
  }

  close(): void {
    this.object.release()
  }
}

/** An open file, for tests. */
export class OpenedFile {
  readonly object: KernelObject
  readonly stream: StreamMethods
  readonly ops: FileMethods

  constructor(object: KernelObject) {
    this.object = object
    this.stream = object.as(StreamOps)!
    this.ops = object.as(FileOps)!
  }

  write = (text: string) => said(this.stream.write(Buffer.from(text)))
  pwrite = (text: string, position: number) => said(this.ops.pwrite(Buffer.from(text), position))
  read = (length: number) => this.#read(length, (buffer) => this.stream.read(buffer))
  pread = (length: number, position: number) => this.#read(length, (buffer) => this.ops.pread(buffer, position))
  seek = (offset: number, origin = 0) => said(this.ops.seek(offset, origin))
  truncate = (length: number) => said(this.ops.truncate(length))

  stat(): Stat {
    const out = new Uint8Array(STAT_BYTES)
    const answer = this.ops.stat(out)
    if (answer < 0) throw new Error(codeOf(answer))
    return readStat(out)
  }

  close(): void {
    this.object.release()
  }

  #read(length: number, read: (buffer: Uint8Array) => number): string | object | number {
    const buffer = Buffer.alloc(length)
    const count = read(buffer)
    return count < 0 ? said(count) : buffer.toString('latin1', 0, count)
  }
}
