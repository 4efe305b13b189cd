/**
 * A kernel with all that it needs to begin: pipes, and an empty tree of files in memory.
 *
 * @packageDocumentation
 */

import { createMemoryTree, memoryKinds, type MemoryTree } from '@ht/file/memory'
import { createPipe, pipeKind } from '@ht/pipe'
import { createKernel, type Kernel, type KernelOptions } from './index.js'
import type { Kind } from '@ht/core'

/** How a kernel is made that has pipes and files in memory. */
export interface PresetOptions extends Pick<KernelOptions, 'trace'> {
  /** The tree that becomes its root; an empty one unless told. */
  readonly tree?: MemoryTree
  /** Kinds besides pipes, memory trees and standard input and output. */
  readonly kinds?: readonly Kind[]
}

/**
 * Makes a kernel that has pipes and files in memory.
 *
 * @example
 * const tree = createMemoryTree()
 * tree.writeFile('/hello.txt', 'hello\n')
 * const kernel = createPresetKernel({ tree })
 * @throws as `createKernel`
 */
export function createPresetKernel(options: PresetOptions = {}): Kernel {
  const { tree = createMemoryTree(), kinds = [], trace } = options
  const root = tree.root()
  try {
    return createKernel({
      kinds: [pipeKind, ...memoryKinds, ...kinds],
      root,
      pipe: createPipe,
      ...(trace !== undefined && { trace }),
    })
  } catch (error) {
    root.release()
    throw error
  }
}
