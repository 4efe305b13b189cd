import { existsSync, realpathSync } from 'node:fs'
import { parse, relative, resolve, sep } from 'node:path'
import { createHostTree } from '@ht/file/host'
import { createMemoryTree } from '@ht/file/memory'
import { createKernel, type Kernel, type Threads } from '@ht/kernel'
import { formatTrace } from '@ht/kernel/format'
import { createPipe, pipeKind } from '@ht/pipe'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { createTcpSockets, tcpKind } from '@ht/socket/tcp'
import type { Kind } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'
import type { FileTree } from '@ht/file'

/** A kernel, and where its first task begins. */
export interface Machine {
  readonly kernel: Kernel
  /** The working directory, in the kernel's own paths. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** Threads of a machine, and what lives in the memory that they share. */
export interface ShellThreads {
  readonly threads: Threads
  readonly pipeKind: Kind
  readonly socketKind: Kind
  /** Local sockets. */
  readonly sockets: SocketFamily
  /** The files of a folder of the host's. */
  hostTree(path: string): FileTree
}

/** What a machine is made of. */
export interface MachineOptions {
  /** The host's folder that becomes its root. Defaults to all of the host's files. */
  readonly root?: string | undefined
  /** Whether its files are in memory instead. */
  readonly memory?: boolean
  /** The host's folder that it begins in, if that is within its root. */
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Where programs run that are modules, if anywhere. */
  readonly threads?: ShellThreads | undefined
  /** Is given a line for each system call. */
  readonly trace?: ((line: string) => void) | undefined
}

/**
 * Makes a kernel with pipes, files, local sockets and TCP.
 *
 * @throws what opening the root gives
 */
export function createMachine({ root, memory = false, cwd: folder, env, threads, trace }: MachineOptions): Machine {
  const { tree, cwd, home } = memory ? inMemory() : onHost(root, folder, threads?.hostTree ?? createHostTree)
  const kernel = createKernel({
    kinds: [threads?.pipeKind ?? pipeKind, threads?.socketKind ?? localSocketKind, tcpKind, ...tree.kinds],
    root: tree.root(),
    pipe: createPipe,
    // Threads have TCP themselves.
    sockets: threads === undefined ? [createLocalSockets(), createTcpSockets()] : [threads.sockets],
    ...(threads && { threads: threads.threads }),
    ...(trace && { trace: (event) => trace(formatTrace(event)) }),
  })
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { kernel, cwd, env: { ...Object.fromEntries(given), PWD: cwd, ...(home !== undefined && { HOME: home }) } }
}

/** Files of a machine, where it begins, and the user's home if that is not the host's. */
interface Place {
  readonly tree: FileTree
  readonly cwd: string
  readonly home?: string
}

/** How many bytes files in memory may take. */
const MEMORY_BYTES = 256 * 1024 * 1024

function inMemory(): Place {
  const tree = createMemoryTree({ maxBytes: MEMORY_BYTES })
  for (const folder of ['/home', '/tmp', '/dev']) tree.mkdir(folder)
  tree.nullDevice('/dev/null')
  return { tree, cwd: '/home', home: '/home' }
}

function onHost(root: string | undefined, folder: string, createTree: (path: string) => FileTree): Place {
  if (root === undefined) {
    const { root: top } = parse(resolve(folder))
    return { tree: createTree(top), cwd: within(top, folder) ?? '/' }
  }
  const path = resolve(folder, root)
  const tree = createTree(path)
  return { tree, cwd: within(realpathSync(path), realpathSync(folder)) ?? '/', home: '/' }
}

/** The path of a folder of the host's in a tree with this root, if it is there. */
function within(root: string, folder: string): string | undefined {
  const names = relative(root, folder).split(sep)
  return names[0] === '..' || !existsSync(folder) ? undefined : `/${names.join('/')}`
}
