import { createFsFromVolume, Volume } from 'memfs'
import { createFsTree } from '../../src/fs-like/index.js'
import { createHostTree } from '../../src/host/index.js'
import { createMemoryTree } from '../../src/memory/index.js'
import { withDirectory } from './temporary.js'
import type { KernelObject } from '@ht/core'
import type { FileTree } from '../../src/index.js'

/** A backend under test: calls `use` with a new, empty tree. */
export interface Backend {
  readonly name: 'memory' | 'host' | 'memfs'
  with(use: (tree: FileTree) => void): void
}

/** All backends. Their rules are one suite; the host's Linux is the referee in it. */
export const backends: readonly Backend[] = [
  { name: 'memory', with: (use) => use(createMemoryTree()) },
  {
    name: 'host',
    with(use) {
      const umask = process.umask(0)
      try {
        withDirectory((path) => use(createHostTree(path)))
      } finally {
        process.umask(umask)
      }
    },
  },
  {
    name: 'memfs',
    with(use) {
      const fs = createFsFromVolume(new Volume())
      fs.mkdirSync('/root')
      use(createFsTree(fs, '/root'))
    },
  },
]

/** What was opened; an −errno fails the test. */
export function opened(answer: KernelObject | number): KernelObject {
  if (typeof answer === 'number') throw new Error(`open answered ${answer}`)
  return answer
}
