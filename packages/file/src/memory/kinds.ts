import { memoryDirectoryKind } from './directory-kind.js'
import { memoryFileKind } from './file-kind.js'
import { memoryNullKind } from './null-kind.js'
import type { ControlMethods, DirectoryMethods, FileMethods, Kind, StreamMethods } from '@ht/core'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:memory-file': { capabilities: StreamMethods | FileMethods | ControlMethods }
    'ht:memory-null': { capabilities: StreamMethods | FileMethods }
    'ht:memory-directory': { capabilities: DirectoryMethods | FileMethods | StreamMethods }
  }
}

/** The kinds of the objects of memory trees, for a registry. */
export const memoryKinds: readonly Kind[] = [memoryFileKind, memoryDirectoryKind, memoryNullKind]
