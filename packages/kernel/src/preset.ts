/**
 * A kernel with all that it needs to begin: pipes, local sockets, and an empty tree of files in memory.
 *
 * @packageDocumentation
 */

import { createMemoryTree, memoryKinds, type MemoryTree } from '@ht/file/memory'
import { createPipe, pipeKind } from '@ht/pipe'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { checkOptions, type OptionNames } from './check.js'
import { createKernel, type Kernel, type KernelOptions } from './index.js'
import type { Kind } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'

/** How a kernel is made that has pipes, local sockets and files in memory. */
export interface PresetOptions extends Pick<KernelOptions, 'trace'> {
  /** The tree that becomes its root; an empty one unless told. */
  readonly tree?: MemoryTree
  /** Kinds besides pipes, local sockets, memory trees and standard input and output. */
  readonly kinds?: readonly Kind[]
  /** Families of sockets besides local ones, which are AF_UNIX. Their kinds belong into `kinds`. */
  readonly sockets?: readonly SocketFamily[]
}

const PRESET_OPTIONS: OptionNames<PresetOptions> = { tree: true, kinds: true, sockets: true, trace: true }

/**
 * Makes a kernel that has pipes, local sockets, whose names are its own, and files in memory.
 *
 * @example
 * const tree = createMemoryTree()
 * tree.writeFile('/hello.txt', 'hello\n')
 * const kernel = createPresetKernel({ tree })
 * @throws as `createKernel`
 */
export function createPresetKernel(options: PresetOptions = {}): Kernel {
  checkOptions(options, PRESET_OPTIONS)
  const { tree = createMemoryTree(), kinds = [], sockets = [], trace } = options
  const root = tree.root()
  try {
    return createKernel({
      kinds: [pipeKind, localSocketKind, ...memoryKinds, ...kinds],
      root,
      pipe: createPipe,
      sockets: [createLocalSockets(), ...sockets],
      ...(trace !== undefined && { trace }),
    })
  } catch (error) {
    root.release()
    throw error
  }
}
