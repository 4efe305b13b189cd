import { nativeFlags } from './native-flags.js'
import type { Names } from '../names/names.js'
import type { ProcessFiles } from './process-files.js'
import type { Kind, KernelObject, OpenOptions, Stat } from '@ht/core'
import type { Folder, Folders } from './folders.js'
import type { FsLike } from './fs.js'

/** What a tree over a file system is made of. */
export interface VolumeParts {
  readonly fs: FsLike
  readonly readOnly: boolean
  /** An open object of a file, regular or not, which owns its descriptor. @throws when there cannot be one */
  open(file: OpenFile, options: OpenOptions, isRegular: boolean): KernelObject
  readonly directoryKind: Kind<OpenDirectory>
  /** What is not to be found in the tree. */
  readonly processFiles: ProcessFiles
  /** Holds the root, and gives the way to hold the rest. */
  hold(): Folders
  /** 0 when something that is no regular file may be opened, else −errno. */
  admit(stat: Stat): number
  /** Opens the file behind a descriptor once more, with other flags; where that cannot be done, it is left out. */
  readonly reopen?: (fd: number, flags: number) => number
}

/** What an open file of a tree over a file system keeps. */
export interface OpenFile {
  readonly volume: Pick<FsVolume, 'fs' | 'readOnly' | 'reopen'>
  /** The name that it was opened by, for people. */
  readonly name: string
  readonly fd: number
  /** Whether writes to `fd` land at the end whatever their position. */
  readonly appends: boolean
  /** A second descriptor, for which it is the other way round; −1 until somebody switches append. */
  twin: number
  /** Bytes. */
  offset: number
}

/** What an open directory of a tree over a file system keeps. */
export interface OpenDirectory {
  readonly volume: FsVolume
  readonly folder: Folder
  /** The cookie of the entry that was read last. */
  offset: number
  /** The names when it was last read from the beginning; undefined before. */
  names: Names | undefined
}

/**
 * A tree over a file system. It holds nothing of the file system's by itself: the root is held from the first
 * open directory to the last.
 */
export class FsVolume {
  readonly fs: FsLike
  readonly readOnly: boolean
  readonly open: VolumeParts['open']
  readonly directoryKind: Kind<OpenDirectory>
  readonly admit: (stat: Stat) => number
  readonly processFiles: ProcessFiles
  readonly reopen: ((fd: number, flags: number) => number) | undefined
  readonly #hold: () => Folders
  #folders: Folders | undefined
  #openDirectories = 0

  constructor(parts: VolumeParts) {
    this.fs = parts.fs
    this.readOnly = parts.readOnly
    this.open = (file, options, isRegular) => parts.open(file, options, isRegular)
    this.directoryKind = parts.directoryKind
    this.admit = (stat) => parts.admit(stat)
    this.reopen = parts.reopen
    this.processFiles = parts.processFiles
    this.#hold = () => parts.hold()
  }

  /** How directories are held; there is an open one. */
  get folders(): Folders {
    return this.#folders!
  }

  /** A folder of the root, for an open object. @throws what the file system throws */
  openRoot(): Folder | number {
    const folders = (this.#folders ??= this.#hold())
    try {
      return this.openFolder(folders.root, '.')
    } finally {
      this.#letGo()
    }
  }

  /** A folder for an open object. */
  openFolder(folder: Folder, name: string): Folder | number {
    const opened = this.folders.open(folder, name)
    if (typeof opened === 'object') this.#openDirectories++
    return opened
  }

  closeFolder(folder: Folder): void {
    try {
      this.folders.close(folder)
    } finally {
      this.#openDirectories--
      this.#letGo()
    }
  }

  /** Opens a file; flags in the numbers of core. @throws what the file system throws */
  openFile(path: string, flags: number, mode: number): number {
    return this.fs.openSync(path, nativeFlags(flags, this.fs.constants), mode)
  }

  #letGo(): void {
    const folders = this.#folders
    if (folders === undefined || this.#openDirectories > 0) return
    this.#folders = undefined
    folders.close(folders.root)
  }
}
