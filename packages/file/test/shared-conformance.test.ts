import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { DirectoryOps, O_CREAT, O_RDWR, type KernelObject } from '@ht/core'
import { testSharedKind } from '@ht/core/conformance'
import { describe, it } from 'vitest'
import { startThread } from '../../../tooling/threads/start.js'
import { createSharedHostTree, sharedHostFileKind, sharedHostKinds } from '../src/host/shared/index.js'
import { opened } from './support/trees.js'
import type { SharedMemory } from '@ht/core/shared'

const folder = `${existsSync('/dev/shm') ? '/dev/shm' : tmpdir()}/ht-conformance-`

testSharedKind(
  { describe, it },
  {
    kind: sharedHostFileKind,
    kinds: sharedHostKinds,
    startWorker: () => startThread(new URL('./support/conformance-thread.ts', import.meta.url), undefined),
    open(memory) {
      const path = mkdtempSync(folder)
      return {
        object: create(path, memory),
        cleanup: () => {
          rmSync(path, { recursive: true })
        },
      }
    },
    held: descriptors,
  },
)

/** How many descriptors of these files are open, where that can be counted. */
function descriptors(): number {
  if (process.platform !== 'linux') return 0
  return readdirSync('/proc/self/fd').filter((descriptor) => target(`/proc/self/fd/${descriptor}`).startsWith(folder)).length
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed meanwhile: it is that of the directory itself, or of a thread that has ended.
    return ''
  }
}

/** A new, empty file. */
function create(path: string, memory: SharedMemory): KernelObject {
  const root = createSharedHostTree(path, memory).root()
  const file = opened(root.as(DirectoryOps).openAt('file', O_CREAT | O_RDWR, 0o644))
  root.release()
  return file
}
