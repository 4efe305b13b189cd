import { O_CREAT, O_RDWR, STAT_BYTES } from '@ht/core'
import { AF_UNIX, SOCK_STREAM } from '@ht/core/socket'
import { createPresetKernel } from '@ht/kernel/preset'
import { compare, measure } from '../../../tooling/bench/measure.js'
import type { Task } from '@ht/kernel'

/*
 * What a host of programs pays for a call: a lookup in the table, a check of the mode, the object's own work. The
 * baseline of the short ones is a call through a Map of numbers, as a table written for the purpose would be.
 */

const kernel = createPresetKernel()
const task: Task = kernel.spawn(() => new Promise<number>(() => undefined))
const file = task.open('/file', O_CREAT | O_RDWR)
const buffer = new Uint8Array(64).fill(7)
const stat = new Uint8Array(STAT_BYTES)
task.write(file, buffer)

interface Plain {
  bytes: Uint8Array
  offset: number
}
const plain = new Map<number, Plain>([[file, { bytes: new Uint8Array(64), offset: 0 }]])

function seekPlain(handle: number, offset: number): number {
  const it = plain.get(handle)
  if (it === undefined) return -9
  it.offset = offset
  return offset
}

function readPlain(handle: number, out: Uint8Array): number {
  const it = plain.get(handle)
  if (it === undefined) return -9
  out.set(it.bytes)
  return out.length
}

function writePlain(handle: number, bytes: Uint8Array): number {
  const it = plain.get(handle)
  if (it === undefined) return -9
  it.bytes.set(bytes)
  return bytes.length
}

await compare('lseek', {
  candidate: (count) => repeat(count, () => task.lseekErrno(file, 0, 0)),
  baseline: ['Map', (count) => repeat(count, () => seekPlain(file, 0))],
})
await compare('pread of 64 bytes', {
  candidate: (count) => repeat(count, () => task.preadErrno(file, buffer, 0)),
  baseline: ['Map and set', (count) => repeat(count, () => readPlain(file, buffer))],
})
await compare('pwrite of 64 bytes', {
  candidate: (count) => repeat(count, () => task.pwriteErrno(file, buffer, 0)),
  baseline: ['Map and set', (count) => repeat(count, () => writePlain(file, buffer))],
})
await measure('lseek and read of 64 bytes', (count) =>
  repeat(count, () => task.lseekErrno(file, 0, 0) + task.readErrno(file, buffer)),
)
await measure('lseek and write of 64 bytes', (count) =>
  repeat(count, () => task.lseekErrno(file, 0, 0) + task.writeErrno(file, buffer)),
)
await measure('fstat', (count) => repeat(count, () => task.fstatErrno(file, stat)))
await measure('open and close', (count) => repeat(count, () => task.closeErrno(task.openErrno('/file', O_RDWR))))
await measure('dup and close', (count) => repeat(count, () => task.closeErrno(task.dupErrno(file))))

const [r, w] = task.pipe2()
await measure('64 bytes through a pipe', (count) => repeat(count, () => task.writeErrno(w, buffer) + task.readErrno(r, buffer)))
await measure('64 bytes through a pipe, async', async (count) => {
  let sum = 0
  for (let i = 0; i < count; i++) sum += (await task.writeAsync(w, buffer)) + (await task.readAsync(r, buffer))
  return sum
})

const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
await compare('64 bytes through a local stream pair', {
  candidate: (count) => repeat(count, () => task.sendErrno(a, buffer) + task.recvErrno(b, buffer)),
  baseline: ['pipe', (count) => repeat(count, () => task.writeErrno(w, buffer) + task.readErrno(r, buffer))],
})
await compare('64 bytes through a local stream pair, by write and read', {
  candidate: (count) => repeat(count, () => task.writeErrno(a, buffer) + task.readErrno(b, buffer)),
  baseline: ['pipe', (count) => repeat(count, () => task.writeErrno(w, buffer) + task.readErrno(r, buffer))],
})
await measure('64 bytes through a local stream pair, async', async (count) => {
  let sum = 0
  for (let i = 0; i < count; i++) sum += (await task.sendAsync(a, buffer)) + (await task.recvAsync(b, buffer))
  return sum
})

kernel.close()

function repeat(count: number, call: () => number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += call()
  return sum
}
