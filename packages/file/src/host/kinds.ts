import { defineDirectoryKind } from '../fs-like/directory-kind.js'
import { defineFileKind } from '../fs-like/file-kind.js'
import type { ControlMethods, DirectoryMethods, FileMethods, Kind, StreamMethods } from '@ht/core'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:host-file': { capabilities: StreamMethods | FileMethods | ControlMethods }
    'ht:host-directory': { capabilities: DirectoryMethods | FileMethods | StreamMethods }
  }
}

export const hostFileKind = defineFileKind('ht:host-file')
export const hostDirectoryKind = defineDirectoryKind('ht:host-directory')

/** The kinds of the objects of host trees, for a registry. */
export const hostKinds: readonly Kind[] = [hostFileKind, hostDirectoryKind]
