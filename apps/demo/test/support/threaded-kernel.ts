import { createSharedHostTree } from '@ht/file/host-shared'
import { createKernel, type Kernel, type Limits } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { startThread } from '../../../../tooling/threads/start.js'
import { programs } from '../../src/programs/index.js'
import { inWorkers } from '../../src/htsh/threads/threads.js'
import type { Programs } from '../../src/shell/index.js'

/** A kernel with the host's files whose programs run in workers, as `htsh --threads` has it, and how many there were. */
export function createThreadedKernel(limits: Limits = {}): { kernel: Kernel; programs: Programs; workers: number } {
  const made = { workers: 0 }
  const threads = createThreads({
    createWorker() {
      made.workers++
      return startThread(new URL('../../src/htsh/threads/worker.ts', import.meta.url), undefined)
    },
    pipe: createSharedPipe,
    warm: 4,
  })
  const tree = createSharedHostTree('/', () => threads.memory)
  const kernel = createKernel({ kinds: [sharedPipeKind, ...tree.kinds], root: tree.root(), threads, limits })
  return Object.assign(made, { kernel, programs: inWorkers(programs) })
}
