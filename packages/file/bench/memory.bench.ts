import { Volume, createFsFromVolume } from 'memfs'
import { DirectoryOps, FileOps, methodsOf, O_CREAT, O_RDWR, openObjectOf, SEEK_SET, StreamOps, type KernelObject } from '@ht/core'
import { createMemoryTree } from '@ht/file/memory'
import { compare, measure } from '../../../tooling/bench/measure.js'

const FLAGS = O_CREAT | O_RDWR
/** Somewhere in a file of 1 MiB. */
const POSITION = 300_000
const small = new Uint8Array(64).fill(65)
const page = new Uint8Array(4096).fill(66)

const memfs = createFsFromVolume(new Volume())
const fd = memfs.openSync('/file', FLAGS, 0o644)
for (let i = 0; i < 256; i++) memfs.writeSync(fd, page, 0, 4096, i * 4096)

const directory = createMemoryTree().root().as(DirectoryOps)
const open = () => directory.openAt('file', FLAGS, 0o644) as KernelObject
const object = open()
const stream = object.as(StreamOps)!
const file = object.as(FileOps)!
for (let i = 0; i < 256; i++) file.pwrite(page, i * 4096)
// As a system call does it, which has checked its arguments itself.
const target = openObjectOf(object)
const methods = methodsOf(target, FileOps)!

await compare('open + close', {
  candidate: repeat(() => {
    open().release()
    return 1
  }),
  baseline: [
    'memfs',
    repeat(() => {
      memfs.closeSync(memfs.openSync('/file', FLAGS))
      return 1
    }),
  ],
  fasterBy: 3,
})
await compare('read 64 bytes', {
  candidate: repeat(() => methods.pread(target, small, POSITION)),
  baseline: ['memfs', repeat(() => memfs.readSync(fd, small, 0, 64, POSITION))],
  fasterBy: 3,
})
await compare('write 64 bytes', {
  candidate: repeat(() => methods.pwrite(target, small, POSITION)),
  baseline: ['memfs', repeat(() => memfs.writeSync(fd, small, 0, 64, POSITION))],
  fasterBy: 3,
})
await compare('read 4096 bytes', {
  candidate: repeat(() => methods.pread(target, page, POSITION)),
  baseline: ['memfs', repeat(() => memfs.readSync(fd, page, 0, 4096, POSITION))],
})

await measure(
  'read 64 bytes, by capability',
  repeat(() => file.pread(small, POSITION)),
)
await measure(
  'write 64 bytes, by capability',
  repeat(() => file.pwrite(small, POSITION)),
)

// What a byte costs must not depend on how many there are: 1 MiB, and 16 MiB, in pieces of 4 KiB.
await compare('append 16 MiB, each MiB', {
  candidate: (count) => {
    for (let i = 0; i < count; i++) append(16)
    return count
  },
  baseline: [
    '16 x 1 MiB',
    (count) => {
      for (let i = 0; i < count * 16; i++) append(1)
      return count
    },
  ],
  atMost: 2,
})

function append(mebibytes: number): void {
  file.truncate(0)
  file.seek(0, SEEK_SET)
  for (let i = 0; i < mebibytes * 256; i++) stream.write(page)
}

function repeat(operation: () => number): (count: number) => number {
  return (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += operation()
    return sum
  }
}
