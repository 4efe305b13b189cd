import { Worker } from 'node:worker_threads'
import { AF_INET, AF_INET6 } from '@ht/core/socket'
import { createSharedHostTree } from '@ht/file/host-shared'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { createSharedLocalSockets, sharedLocalSocketKind } from '@ht/socket/shared'
import type { ShellThreads } from '../machine.js'

/** How many workers are started ahead: as many as a usual pipeline has programs. */
const WARM = 4

/** Threads for a machine whose programs run in workers, and TCP in one of its own. */
export function createShellThreads(): ShellThreads {
  const threads = createThreads({
    createWorker: () => new Worker(new URL('./worker.js', import.meta.url)),
    pipe: createSharedPipe,
    io: {
      createWorker: () => new Worker(new URL('./io-worker.js', import.meta.url)),
      domains: [AF_INET, AF_INET6],
    },
    warm: WARM,
  })
  const memory = () => threads.memory
  return {
    threads,
    pipeKind: sharedPipeKind,
    socketKind: sharedLocalSocketKind,
    sockets: createSharedLocalSockets(memory),
    hostTree: (path) => createSharedHostTree(path, memory),
  }
}

/** Programs by their names, by which the workers know them, instead of functions of this thread. */
export function inWorkers(programs: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(programs).map((name) => [name, name]))
}
