import { defineDirectoryKind } from './directory-kind.js'
import { defineFileKind } from './file-kind.js'
import type { ControlMethods, DirectoryMethods, FileMethods, Kind, StreamMethods } from '@ht/core'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:fs-file': { capabilities: StreamMethods | FileMethods | ControlMethods }
    'ht:fs-directory': { capabilities: DirectoryMethods | FileMethods | StreamMethods }
  }
}

export const fsFileKind = defineFileKind('ht:fs-file')
export const fsDirectoryKind = defineDirectoryKind('ht:fs-directory')

/** The kinds of the objects of trees over file systems, for a registry. */
export const fsKinds: readonly Kind[] = [fsFileKind, fsDirectoryKind]
