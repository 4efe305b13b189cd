import { describe, expect, it } from 'vitest'
import { defineKind, DirectoryOps, FileOps, implement, StreamOps, STAT_BYTES, type KernelObject } from '@ht/core'
import { MSG_TRUNC, SocketOps } from '@ht/core/socket'
import { createKernel, type Task } from '../src/index.js'
import { idleTask, outcome, outcomeOf } from './support/kernel.js'

/** A kind whose objects answer to everything what the test has them answer. */
function liar(said: () => unknown): KernelObject {
  const answer = () => said() as never
  return defineKind({
    name: 'acme-liar',
    capabilities: [
      implement(StreamOps, { read: answer, write: answer }),
      implement(FileOps, { pread: answer, pwrite: answer, seek: answer, stat: answer, truncate: answer, sync: answer }),
      implement(SocketOps, {
        receive: answer,
        receiveFrom: answer,
        send: answer,
        sendTo: answer,
        option: () => 0,
        listen: answer,
        connect: answer,
      }),
      implement(DirectoryOps, { readDir: answer, readlinkAt: answer, mkdirAt: answer, statAt: answer }),
    ],
  }).open({})
}

const bytes = () => new Uint8Array(4)

/** Calls that give how many of 4 bytes were moved. */
const counting: Record<string, (task: Task) => unknown> = {
  readErrno: (task) => task.readErrno(0, bytes()),
  writeErrno: (task) => task.writeErrno(0, bytes()),
  readvErrno: (task) => task.readvErrno(0, [new Uint8Array(1), new Uint8Array(3)]),
  writevErrno: (task) => task.writevErrno(0, [new Uint8Array(1), new Uint8Array(3)]),
  preadErrno: (task) => task.preadErrno(0, bytes(), 0),
  pwriteErrno: (task) => task.pwriteErrno(0, bytes(), 0),
  recvErrno: (task) => task.recvErrno(0, bytes()),
  recvfromErrno: (task) => task.recvfromErrno(0, bytes()),
  sendErrno: (task) => task.sendErrno(0, bytes()),
  sendtoErrno: (task) => task.sendtoErrno(0, bytes(), 0, 'a'),
  getdentsErrno: (task) => task.getdentsErrno(0, bytes()),
}
const waiting: Record<string, (task: Task) => Promise<unknown>> = {
  readAsync: (task) => task.readAsync(0, bytes()),
  writeAsync: (task) => task.writeAsync(0, bytes()),
  readvAsync: (task) => task.readvAsync(0, [new Uint8Array(1), new Uint8Array(3)]),
  writevAsync: (task) => task.writevAsync(0, [new Uint8Array(1), new Uint8Array(3)]),
  recvAsync: (task) => task.recvAsync(0, bytes()),
  recvfromAsync: (task) => task.recvfromAsync(0, bytes()),
  sendAsync: (task) => task.sendAsync(0, bytes()),
  sendtoAsync: (task) => task.sendtoAsync(0, bytes(), 0, 'a'),
}
/** Calls that give another number, or none. */
const others: Record<string, (task: Task) => unknown> = {
  lseekErrno: (task) => task.lseekErrno(0, 0, 0),
  fstatErrno: (task) => task.fstatErrno(0, new Uint8Array(STAT_BYTES)),
  ftruncateErrno: (task) => task.ftruncateErrno(0, 0),
  fsyncErrno: (task) => task.fsyncErrno(0),
  listenErrno: (task) => task.listenErrno(0, 1),
  connectErrno: (task) => task.connectErrno(0, 'a'),
  mkdiratErrno: (task) => task.mkdiratErrno(0, 'x'),
  fstatatErrno: (task) => task.fstatatErrno(0, 'x', 0, new Uint8Array(STAT_BYTES)),
}

const EIO = -5
const EINVAL = -22
const noAnswers = [NaN, 1.5, -1.5, Infinity, -Infinity, -1000, -(2 ** 31), undefined, null, '4', {}]

describe('what a kind answers that is no answer', () => {
  it('is EIO in every form, for more bytes than were given', async () => {
    let said: unknown
    const task = idleTask({ stdin: liar(() => said) }, createKernel())
    for (const count of [5, 1_000_000, 2 ** 40]) {
      said = count
      for (const [name, call] of Object.entries(counting)) expect([name, call(task)]).toEqual([name, EIO])
      for (const [name, call] of Object.entries(waiting)) expect([name, await outcomeOf(call(task))]).toEqual([name, 'EIO'])
      expect(outcome(() => task.read(0, bytes()))).toBe('EIO')
    }
    task.kernel.close()
  })

  it('is EIO for what is neither an integer from 0 up nor −errno', async () => {
    let said: unknown
    const task = idleTask({ stdin: liar(() => said) }, createKernel())
    for (said of noAnswers) {
      for (const [name, call] of Object.entries(counting)) expect([name, said, call(task)]).toEqual([name, said, EIO])
      for (const [name, call] of Object.entries(waiting))
        expect([name, said, await outcomeOf(call(task))]).toEqual([name, said, 'EIO'])
    }
    for (said of noAnswers.filter((it) => typeof it === 'number')) {
      for (const [name, call] of Object.entries(others)) expect([name, said, call(task)]).toEqual([name, said, EIO])
      expect([await outcomeOf(task.connectAsync(0, 'a')), await outcomeOf(task.listenAsync(0, 1))]).toEqual(['EIO', 'EIO'])
    }
    for (said of [0, 3, NaN, -1000]) expect(task.readlinkatErrno(0, 'x')).toBe(EIO)
    task.kernel.close()
  })

  it('is passed on if it is one', async () => {
    let said: unknown
    const task = idleTask({ stdin: liar(() => said) }, createKernel())
    for (said of [0, 1, 4, -9, -32 + 1, -133])
      for (const [name, call] of Object.entries(counting)) expect([name, call(task)]).toEqual([name, said])
    said = 4
    for (const [name, call] of Object.entries(waiting))
      expect([name, await call(task)]).toEqual([name, name === 'recvfromAsync' ? { count: 4, address: '' } : 4])
    // The length of all of a datagram.
    said = 100
    expect(task.recvErrno(0, bytes(), MSG_TRUNC)).toBe(100)
    said = 'target'
    expect(task.readlinkatErrno(0, 'x')).toBe('target')
    task.kernel.close()
  })
})

describe('the text of an error', () => {
  it('is what its own task’s call threw, whatever another task’s call threw meanwhile', () => {
    const kernel = createKernel()
    const other = idleTask({}, kernel)
    const stdin = liar(() => {
      expect(other.readErrno('none' as never, bytes())).toBe(EINVAL)
      return EINVAL
    })
    const task = idleTask({ stdin }, kernel)
    expect(() => task.read(0, bytes())).toThrow(/^(?!.*must be a number)EINVAL/)
    expect(() => other.read('none' as never, bytes())).toThrow(/^EINVAL: handle must be a number/)
  })
})
