import * as fs from 'node:fs'
import { createFsFromVolume, Volume } from 'memfs'
import { describe, it } from 'vitest'
import { DirectoryOps, O_CREAT, O_RDWR, type KernelObject } from '@ht/core'
import { testKind } from '@ht/core/conformance'
import { createSharedMemory } from '@ht/core/shared'
import { createFsTree, fsKinds } from '../src/fs-like/index.js'
import { createHostTree, hostKinds } from '../src/host/index.js'
import { createSharedHostTree, sharedHostKinds } from '../src/host/shared/index.js'
import { createMemoryTree, memoryKinds } from '../src/memory/index.js'

const runner = { describe, it }

describe('memory trees', () => {
  const [fileKind, directoryKind] = memoryKinds
  testKind(runner, { kind: fileKind!, open: () => fileIn(createMemoryTree().root()) })
  testKind(runner, { kind: directoryKind!, fileKind: fileKind!, open: () => createMemoryTree().root() })
})

const memory = createSharedMemory({ kinds: sharedHostKinds, spins: 0 })
const hostTrees = [
  ['in one thread', hostKinds, createHostTree],
  ['whose open files are in shared memory', sharedHostKinds, (path: string) => createSharedHostTree(path, memory)],
] as const

describe.each(hostTrees)('host trees %s', (_where, [fileKind, directoryKind], createTree) => {
  const held = () => (process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : 0)
  const inDirectory = (open: (path: string) => KernelObject) => () => {
    const path = fs.mkdtempSync(`${fs.existsSync('/dev/shm') ? '/dev/shm' : '/tmp'}/ht-file-`)
    return { object: open(path), cleanup: () => fs.rmSync(path, { recursive: true }) }
  }
  testKind(runner, { kind: fileKind!, held, open: inDirectory((path) => fileIn(createTree(path).root())) })
  const openRoot = inDirectory((path) => createTree(path).root())
  testKind(runner, { kind: directoryKind!, held, open: openRoot })
  // Here the directory stays open while a file in it is released, so what is held is not to be counted.
  describe('through openAt', () => {
    testKind(runner, { kind: directoryKind!, fileKind: fileKind!, open: openRoot })
  })
})

describe('trees over memfs', () => {
  const [fileKind, directoryKind] = fsKinds
  const root = () => {
    const memfs = createFsFromVolume(new Volume())
    memfs.mkdirSync('/root')
    return createFsTree(memfs, '/root').root()
  }
  testKind(runner, { kind: fileKind!, open: () => fileIn(root()) })
  testKind(runner, { kind: directoryKind!, fileKind: fileKind!, open: root })
})

/** A new file in the root of a new tree. */
function fileIn(root: KernelObject): KernelObject {
  const file = root.as(DirectoryOps)!.openAt('file', O_RDWR | O_CREAT, 0o644)
  root.release()
  if (typeof file === 'number') throw new Error(`open answered ${file}`)
  return file
}
