import type { SharedMemory } from '../../packages/core/src/shared/index.js'
import type { FileTree } from '../../packages/file/src/index.js'
import { createHostTree, hostKinds } from '../../packages/file/src/host/index.js'
import { createSharedHostTree, sharedHostKinds } from '../../packages/file/src/host/shared/index.js'
import { createMemoryTree, memoryKinds } from '../../packages/file/src/memory/index.js'
import { createKernel, type Kernel } from '../../packages/kernel/src/index.js'
import { createThreads } from '../../packages/kernel/src/threads/index.js'
import { createPipe, pipeKind } from '../../packages/pipe/src/index.js'
import { createSharedPipe, sharedPipeKind } from '../../packages/pipe/src/shared/index.js'
import { createLocalSockets, localSocketKind } from '../../packages/socket/src/index.js'
import { createSharedLocalSockets, sharedLocalSocketKind } from '../../packages/socket/src/shared/index.js'

/** Makes a new kernel whose root is empty; `folder` is an empty directory of the host for it. */
export type MakeKernel = (folder: string) => Kernel

/** The kernels that are compared with Linux: both trees, and both sorts of tables. */
export const KERNELS: Readonly<Record<string, MakeKernel>> = {
  'memory tree': () => plainKernel(createMemoryTree()),
  'host tree': (folder) => plainKernel(createHostTree(folder)),
  'memory tree, shared tables': () => sharedKernel(() => createMemoryTree()),
  'host tree, shared tables': (folder) => sharedKernel((memory) => createSharedHostTree(folder, memory)),
}

function plainKernel(tree: FileTree): Kernel {
  return createKernel({
    kinds: [pipeKind, localSocketKind, ...memoryKinds, ...hostKinds],
    root: tree.root(),
    pipe: createPipe,
    sockets: [createLocalSockets()],
  })
}

/** Tables and pipes, pairs of sockets and host files are in memory that threads could share, though there is none. */
function sharedKernel(treeIn: (memory: () => SharedMemory) => FileTree): Kernel {
  const threads = createThreads({
    createWorker() {
      throw new Error('the programs of the referee need no workers')
    },
    pipe: createSharedPipe,
    memory: { bytes: 8 << 20 },
  })
  const memory = () => threads.memory
  const tree = treeIn(memory)
  return createKernel({
    kinds: [sharedPipeKind, sharedLocalSocketKind, ...memoryKinds, ...sharedHostKinds],
    root: tree.root(),
    sockets: [createSharedLocalSockets(memory)],
    threads,
  })
}
