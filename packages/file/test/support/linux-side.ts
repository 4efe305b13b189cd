import * as fs from 'node:fs'
import { errnoFrom, S_IFDIR, S_IFMT, S_IFREG } from '@ht/core'
import { pattern, type Answer, type Side } from './side.js'
import { SLOTS, type Operation } from './operations.js'

/** The same operations on the host's files, path and flags as they are: the referee. */
export class LinuxSide implements Side {
  readonly #root: string
  readonly #slots: (number | undefined)[] = Array<undefined>(SLOTS).fill(undefined)

  constructor(root: string) {
    this.#root = root
  }

  run(operation: Operation): Answer {
    try {
      return this.#run(operation)
    } catch (error) {
      return errnoFrom(error)
    }
  }

  #run(operation: Operation): Answer {
    switch (operation.call) {
      case 'open': {
        const fd = fs.openSync(this.#at(operation.path), operation.flags, operation.mode)
        const old = this.#slots[operation.slot]
        if (old !== undefined) fs.closeSync(old)
        this.#slots[operation.slot] = fd
        return 0
      }
      case 'mkdir':
        fs.mkdirSync(this.#at(operation.path), operation.mode)
        return 0
      case 'chmod':
        fs.chmodSync(this.#at(operation.path), operation.mode)
        return 0
      case 'unlink':
        fs.unlinkSync(this.#at(operation.path))
        return 0
      case 'rmdir':
        fs.rmdirSync(this.#at(operation.path))
        return 0
      case 'stat':
        return described(fs.statSync(this.#at(operation.path)))
      case 'lstat':
        return described(fs.lstatSync(this.#at(operation.path)))
      case 'readlink':
        return fs.readlinkSync(this.#at(operation.path))
      case 'readdir':
        return fs.readdirSync(this.#at(operation.path)).sort().join()
      case 'rename':
        fs.renameSync(this.#at(operation.path), this.#at(operation.newPath))
        return 0
      case 'link':
        fs.linkSync(this.#at(operation.path), this.#at(operation.newPath))
        return 0
      case 'symlink':
        fs.symlinkSync(operation.path, this.#at(operation.newPath))
        return 0
      default:
        return this.#onSlot(operation)
    }
  }

  #onSlot(operation: Exclude<Operation, { path: string }>): Answer {
    const fd = this.#slots[operation.slot]
    if (fd === undefined) return 'closed'
    switch (operation.call) {
      case 'close':
        fs.closeSync(fd)
        this.#slots[operation.slot] = undefined
        return 0
      case 'read':
      case 'pread': {
        const buffer = Buffer.alloc(operation.length)
        const position = operation.call === 'read' ? null : operation.position
        const read = fs.readSync(fd, buffer, 0, buffer.length, position)
        return buffer.toString('latin1', 0, read)
      }
      case 'write':
        return fs.writeSync(fd, pattern(operation.length), 0, operation.length, null)
      case 'pwrite':
        return fs.writeSync(fd, pattern(operation.length), 0, operation.length, operation.position)
      case 'truncate':
        fs.ftruncateSync(fd, operation.length)
        return 0
      case 'fstat':
        return described(fs.fstatSync(fd))
    }
  }

  end(): void {
    for (const fd of this.#slots) if (fd !== undefined) fs.closeSync(fd)
  }

  picture(): string {
    const lines: string[] = []
    const inodes = new Map<number, string>()
    const draw = (path: string) => {
      for (const name of fs.readdirSync(this.#at(path)).sort()) {
        const at = path === '' ? name : `${path}/${name}`
        const stat = fs.lstatSync(this.#at(at))
        const first = inodes.get(stat.ino)
        lines.push(`${at} ${described(stat)} ${first ?? ''}`)
        inodes.set(stat.ino, first ?? at)
        if ((stat.mode & S_IFMT) === S_IFREG) lines.push(fs.readFileSync(this.#at(at), 'latin1'))
        else if ((stat.mode & S_IFMT) === S_IFDIR) draw(at)
        else lines.push(fs.readlinkSync(this.#at(at)))
      }
    }
    draw('')
    return lines.join('\n')
  }

  #at(path: string): string {
    return `${this.#root}/${path}`
  }
}

function described({ mode, nlink, size }: fs.Stats): string {
  return (mode & S_IFMT) === S_IFDIR ? `${mode.toString(8)} ${nlink}` : `${mode.toString(8)} ${nlink} ${size}`
}
