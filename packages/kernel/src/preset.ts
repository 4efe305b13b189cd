/**
 * A kernel with all that it needs to begin: pipes, local sockets, and an empty tree of files in memory.
 *
 * @packageDocumentation
 */

import { createMemoryTree, memoryKinds, type MemoryTree } from '@ht/file/memory'
import { createPipe, pipeKind } from '@ht/pipe'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { checkList, checkOptions, invalid, type OptionNames } from './check.js'
import { createKernel, type Kernel, type KernelOptions } from './index.js'
import type { Kind } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'

/** How a kernel is made that has pipes, local sockets and files in memory. */
export interface PresetOptions extends Pick<KernelOptions, 'threads' | 'trace' | 'traceBytes' | 'limits'> {
  /** The tree that becomes its root. Defaults to an empty one. */
  readonly tree?: MemoryTree
  /**
   * Kinds besides pipes, local sockets, memory trees and standard input and output. One of the same name as one of these
   * takes its place: `sharedPipeKind` of `@ht/pipe/shared`, where `threads` make their pipes in shared memory.
   */
  readonly kinds?: readonly Kind[]
  /** Families of sockets besides local ones, which are AF_UNIX. Their kinds belong into `kinds`. */
  readonly sockets?: readonly SocketFamily[]
}

const PRESET_OPTIONS: OptionNames<PresetOptions> = {
  tree: true,
  kinds: true,
  sockets: true,
  threads: true,
  trace: true,
  traceBytes: true,
  limits: true,
}

/**
 * Makes a kernel that has pipes, local sockets, whose names are its own, and files in memory.
 *
 * @example
 * const tree = createMemoryTree()
 * tree.writeFile('/hello.txt', 'hello\n')
 * const kernel = createPresetKernel({ tree })
 * @example
 * // With programs in workers, and pipes between them in shared memory:
 * const threaded = createPresetKernel({
 *   kinds: [sharedPipeKind],
 *   threads: createThreads({ createWorker, pipe: createSharedPipe }),
 * })
 * @throws as `createKernel`; EINVAL for threads whose pipes are of a kind that is not among `kinds`
 */
export function createPresetKernel(options: PresetOptions = {}): Kernel {
  checkOptions(options, PRESET_OPTIONS)
  const { tree = createMemoryTree(), kinds = [], sockets = [], threads, trace, traceBytes, limits } = options
  if (typeof (tree as Partial<MemoryTree> | null)?.root !== 'function')
    throw invalid('options.tree', 'a tree of files in memory', tree)
  checkList(kinds, 'options.kinds', 'kinds')
  checkList(sockets, 'options.sockets', 'socket families')
  if (threads?.makePipe !== undefined && kinds.every(({ name }) => name !== pipeKind.name)) {
    const wanted = 'a list that has the kind of the threads’ pipes, such as sharedPipeKind of @ht/pipe/shared'
    throw invalid('options.kinds', wanted, kinds)
  }
  const names = new Set(kinds.map(({ name }) => name))
  const own = [pipeKind, localSocketKind, ...memoryKinds].filter(({ name }) => !names.has(name))
  const root = tree.root()
  try {
    return createKernel({
      kinds: [...own, ...kinds],
      root,
      pipe: createPipe,
      sockets: [createLocalSockets(), ...sockets],
      ...(threads !== undefined && { threads }),
      ...(trace !== undefined && { trace }),
      ...(traceBytes !== undefined && { traceBytes }),
      ...(limits !== undefined && { limits }),
    })
  } catch (error) {
    root.release()
    throw error
  }
}
