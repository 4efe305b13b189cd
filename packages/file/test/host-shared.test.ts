import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import {
  APPEND,
  DirectoryOps,
  FileOps,
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  openObjectOf,
  SEEK_CUR,
  SEEK_SET,
  NONBLOCK,
  readAsync,
  StreamOps,
  writeAsync,
  type KernelObject,
} from '@ht/core'
import {
  acquire,
  admitWorker,
  createSharedMemory,
  createSharedTable,
  leaveMemory,
  release,
  share,
  type SharedMemory,
} from '@ht/core/shared'
import { startThread } from '../../../tooling/threads/start.js'
import { Watch } from '../../../tooling/threads/watch.js'
import { joinMemory } from '../../core/src/shared/thread/attach-memory.js'
import { H_RECORDS_USED, R_OWN } from '../../core/src/shared/words/layout.js'
import { objectAt } from '../../core/src/shared/objects/object-at.js'
import { holdAtPauses } from '../../core/src/shared/words/pause.js'
import { cleanUp } from '../../core/src/shared/thread/repair.js'
import { createSharedHostTree, sharedHostKinds } from '../src/host/shared/index.js'
import { LOCK } from '../src/host/shared/shared-file.js'
import { opened } from './support/trees.js'
import type { Job } from './support/file-thread.js'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  holdAtPauses(undefined)
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A directory of the host's as a tree, a shared table, and threads that use it. */
function scene() {
  const path = mkdtempSync(`${existsSync('/dev/shm') ? '/dev/shm' : tmpdir()}/ht-file-`)
  cleanups.push(() => {
    rmSync(path, { recursive: true })
  })
  const memory = createSharedMemory({ bytes: 4 * 2 ** 20, objects: 64, kinds: sharedHostKinds, spins: 0 })
  const table = createSharedTable(memory)
  const tree = createSharedHostTree(path, memory)
  const root = tree.root()
  cleanups.push(() => {
    root.release()
    table.dispose()
  })
  const open = (flags: number) => opened(root.as(DirectoryOps).openAt('file', flags, 0o644))
  const start = async (job: Job['job'], handle: number, gate: Int32Array<SharedArrayBuffer>, number = 0) => {
    const worker = startThread(new URL('./support/file-thread.ts', import.meta.url), undefined)
    cleanups.push(() => worker.terminate())
    const watch = new Watch(worker)
    const { thread, cleaned } = admitWorker(memory, worker)
    worker.postMessage({ job, handle, gate, number, token: share(table, thread) } satisfies Job)
    expect(await watch.next()).toBe('ready')
    return { worker, cleaned, result: watch.next() }
  }
  return { path: `${path}/file`, memory, table, tree, root, open, start }
}

const makeGate = () => new Int32Array(new SharedArrayBuffer(8))
const openGate = (gate: Int32Array) => {
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
}
/** How many descriptors of a file are open, where that can be counted: others come and go with threads that end. */
function descriptors(path: string): number {
  if (process.platform !== 'linux') return NaN
  return readdirSync('/proc/self/fd').filter((descriptor) => target(`/proc/self/fd/${descriptor}`) === path).length
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}

const stream = (object: KernelObject) => object.as(StreamOps)!

describe('an open file of the host in shared memory', () => {
  it.each([
    ['the shared offset', O_WRONLY | O_CREAT],
    ['the end', O_WRONLY | O_CREAT | O_APPEND],
  ])('lines that threads write at %s are all there, and none is torn', async (_where, flags) => {
    const { path, table, open, start } = scene()
    const handle = table.insert(open(flags))
    const gate = makeGate()
    const threads = await Promise.all([start('lines', handle, gate, 0), start('lines', table.dup(handle), gate, 1)])
    openGate(gate)
    const counts = (await Promise.all(threads.map((it) => it.result))) as number[]
    const lines = readFileSync(path, 'utf8').split('\n')
    expect(lines.pop()).toBe('')
    const next = [0, 0]
    for (const line of lines) {
      const [number, i, rest] = line.split(' ') as [string, string, string]
      expect([Number(i), rest.length]).toEqual([next[Number(number)]!++, (Number(i) * 37) % 200])
    }
    expect(next).toEqual(counts)
  })

  it('what one thread reads no other one does: the offset is one', async () => {
    const { path, table, open, start } = scene()
    const total = 4000
    writeFileSync(
      path,
      new Uint32Array(total).map((_, i) => i),
    )
    const handle = table.insert(open(O_RDONLY))
    const gate = makeGate()
    const threads = await Promise.all([start('pieces', handle, gate), start('pieces', handle, gate)])
    openGate(gate)
    const pieces = (await Promise.all(threads.map((it) => it.result))) as number[][]
    for (const seen of pieces) expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(pieces.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i))
    expect(table.withObject(handle, (file) => file.as(FileOps)!.seek(0, SEEK_CUR))).toBe(total * 4)
  })

  it.each(['file', 'directory'])('every call is made while the thread that opened it sleeps (opened by a %s)', async (by) => {
    const { path, table, tree, open, start } = scene()
    writeFileSync(path, '')
    const handle = table.insert(by === 'file' ? open(O_RDWR) : tree.root())
    const gate = makeGate()
    const { result } = await start('all', handle, gate)
    openGate(gate)
    // Nothing is answered here meanwhile.
    expect(Atomics.wait(gate, 1, 0, 600_000)).not.toBe('timed-out')
    expect(await result).toEqual([
      [11, 1, 6, 5, 3, 0, 0, 0, expect.any(Number), 0],
      'worldJel',
      expect.stringMatching(/^file \(descriptor \d+\), at 0$/),
    ])
    expect(readFileSync(path, 'utf8')).toBe('Jello')
  })

  it('its descriptor is closed once the last handle has gone, in whichever thread', async () => {
    const { path, memory, table, open, start } = scene()
    const before = descriptors(path)
    const handle = table.insert(open(O_RDWR | O_CREAT))
    expect(descriptors(path)).toBe(before + 1)
    const gate = makeGate()
    const { worker, result, cleaned } = await start('all', handle, gate)
    table.close(handle)
    openGate(gate)
    await result
    while (memory.words[H_RECORDS_USED] !== 0) await new Promise((resolve) => setImmediate(resolve))
    await worker.terminate()
    await cleaned
    expect(descriptors(path)).toBe(before)
  })

  it('append can be switched on and off in a thread that did not open it, which keeps no descriptor', () => {
    const { path, memory, open } = scene()
    writeFileSync(path, 'abc')
    for (const flags of [O_RDWR, O_RDWR | O_APPEND]) {
      const file = open(flags)
      const before = descriptors(path)
      openObjectOf(file).status |= APPEND
      file.as(FileOps)!.seek(0, SEEK_SET)
      expect(stream(file).write(Uint8Array.of(100))).toBe(1)
      openObjectOf(file).status &= ~APPEND
      expect(file.as(FileOps)!.pwrite(Uint8Array.of(65), 0)).toBe(1)
      expect(descriptors(path)).toBe(before)
      file.release()
    }
    expect(readFileSync(path, 'utf8')).toBe('Abcdd')
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })

  it('positions beyond 4 GiB are kept', () => {
    const file = scene().open(O_RDWR | O_CREAT)
    const { seek } = file.as(FileOps)!
    for (const place of [2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      expect([seek(place, SEEK_SET), seek(0, SEEK_CUR)]).toEqual([place, place])
    }
    file.release()
  })

  it('without room for one more object an open is ENOMEM, and keeps no descriptor', () => {
    const { path, root, open, memory } = scene()
    const files = [open(O_RDWR | O_CREAT)]
    for (;;) {
      const before = descriptors(path)
      const answer = root.as(DirectoryOps).openAt('file', O_RDONLY, 0)
      if (typeof answer === 'number') {
        expect([answer, descriptors(path)]).toEqual([-12, before])
        break
      }
      files.push(answer)
    }
    for (const file of files) file.release()
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })
})

describe('where another thread holds the file’s lock for long, the thread that serves', () => {
  it('reads and writes by the forms that wait once it is free, and goes on with other work meanwhile', async () => {
    const { path, memory, open } = scene()
    writeFileSync(path, 'abc')
    const file = open(O_RDWR)
    const other = joinMemory(memory.source, memory.words, undefined, { kinds: sharedHostKinds })
    memory.lockPatience.most = 1
    const lock = (openObjectOf(file) as unknown as { record: number }).record + R_OWN + LOCK
    acquire(other, lock)
    const buffer = new Uint8Array(2)
    expect(stream(file).read(buffer)).toBe(-11)
    const read = readAsync(file, buffer)
    const aborted = readAsync(file, buffer, { signal: AbortSignal.timeout(1) })
    await expect(aborted).rejects.toThrow(/timeout/)
    await expect(writeAsync(file, buffer, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    release(other, lock)
    expect([await read, String.fromCharCode(...buffer)]).toEqual([2, 'ab'])
    acquire(other, lock)
    const written = writeAsync(file, Uint8Array.of(90))
    release(other, lock)
    expect([await written, readFileSync(path, 'utf8')]).toEqual([1, 'abZ'])
    file.release()
    leaveMemory(other)
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })

  it('does not wait where the file is non-blocking: EAGAIN', async () => {
    const { path, memory, open } = scene()
    writeFileSync(path, 'abc')
    const file = open(O_RDONLY)
    const other = joinMemory(memory.source, memory.words, undefined, { kinds: sharedHostKinds })
    memory.lockPatience.most = 1
    const lock = (openObjectOf(file) as unknown as { record: number }).record + R_OWN + LOCK
    openObjectOf(file).status |= NONBLOCK
    acquire(other, lock)
    await expect(readAsync(file, new Uint8Array(1))).rejects.toMatchObject({ code: 'EAGAIN' })
    release(other, lock)
    file.release()
    leaveMemory(other)
  })
})

class Death extends Error {}

describe('a thread that dies while it uses an open file', () => {
  it.each(['lock: taken', 'lock: giving up'])('leaves it to the others (%s)', (point) => {
    const { path, memory, open } = scene()
    const file = open(O_RDWR | O_CREAT)
    const other: SharedMemory = joinMemory(memory.source, memory.words, undefined, { kinds: sharedHostKinds })
    const theirs = objectAt(other, (openObjectOf(file) as unknown as { record: number }).record)
    holdAtPauses((reached) => {
      if (reached === point) throw new Death()
    })
    const { write } = theirs.kind.methods[StreamOps.name] as { write(open: unknown, bytes: Uint8Array): number }
    // What a death throws here is no answer of the file's.
    write(theirs, Uint8Array.of(65))
    holdAtPauses(undefined)
    other.attached = false
    cleanUp(memory, other.thread)
    expect(stream(file).write(Uint8Array.of(66))).toBe(1)
    expect(readFileSync(path, 'utf8')).toBe(point === 'lock: taken' ? 'B' : 'AB')
    file.release()
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })
})
