import { defineKind, type OpenObject, type Provision } from '@ht/core'
import { answer } from '../../fs-like/answer.js'
import { fileDefinition } from '../../fs-like/file-kind.js'
import { hostDirectoryKind } from '../kinds.js'
import { LOCK, SharedHostFile } from './shared-file.js'
import type { OpenFile } from '../../fs-like/volume.js'
import type { Kind } from '@ht/core'
import type { SharedMemory } from '@ht/core/shared'

const definition = fileDefinition('ht:host-file')
/** Methods that need the offset, or a descriptor of their own. */
const EXCLUSIVE = new Set(['read', 'write', 'pwrite', 'seek', 'control'])

/**
 * The kind of open files of the host's in shared memory. It is the kind of `hostKinds` and more, under the same name:
 * a thread that registers it takes private files too.
 */
export const sharedHostFileKind = defineKind<OpenFile, 'ht:host-file'>({
  ...definition,
  capabilities: definition.capabilities?.map(exclusive) ?? [],
  shared: {
    attach: (memory: SharedMemory, at) => new SharedHostFile(memory, at),
    locks: (_, at) => [at + LOCK],
    // A worker is warned when it closes what it has not opened.
    releasedByServer: true,
  },
  release(open) {
    if (open.state instanceof SharedHostFile) open.state.close()
    else definition.release?.(open)
  },
})

/** The kinds of the objects of shared host trees, for a registry. */
export const sharedHostKinds: readonly Kind[] = [sharedHostFileKind, hostDirectoryKind]

/** Has those methods called by one thread at a time, if the file is in shared memory. */
function exclusive({ capability, methods }: Provision<OpenFile>): Provision<OpenFile> {
  const entries = Object.entries(methods as Record<string, Method>).map(([name, method]) => {
    const guarded: Method = (open, ...args) => {
      const { state } = open
      return state instanceof SharedHostFile
        ? answer(() => state.exclusively(() => method(open, ...args)))
        : method(open, ...args)
    }
    return [name, EXCLUSIVE.has(name) ? guarded : method]
  })
  return { capability, methods: Object.fromEntries(entries) as object }
}

type Method = (open: OpenObject<OpenFile>, ...args: unknown[]) => number
