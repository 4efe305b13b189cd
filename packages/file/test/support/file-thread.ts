import { parentPort } from 'node:worker_threads'
import {
  DirectoryOps,
  FileOps,
  O_RDWR,
  openObjectOf,
  SEEK_END,
  SEEK_SET,
  STAT_BYTES,
  StreamOps,
  type HandleTable,
  type KernelObject,
} from '@ht/core'
import { attach, readSync, writeSync, type TableToken } from '@ht/core/shared'
import { sharedHostKinds } from '../../src/host/shared/index.js'

/** What a thread of a test does with a handle of the table that it is posted. It posts what that came to. */
export interface Job {
  readonly token: TableToken
  readonly handle: number
  readonly job: keyof typeof jobs
  /** Tells the threads of a test apart. */
  readonly number: number
  /** Its first word is 0 until the thread may begin, and its second one is set when it is done. */
  readonly gate: Int32Array<SharedArrayBuffer>
}

const LINES = 1500
const decoder = new TextDecoder()

const jobs = {
  /** Writes lines, each by one write. */
  lines(file: KernelObject, number: number) {
    for (let i = 0; i < LINES; i++) {
      const line = new TextEncoder().encode(`${number} ${i} ${'x'.repeat((i * 37) % 200)}\n`)
      if (writeSync(file, line) !== line.length) throw new Error('a short write')
    }
    return LINES
  },
  /** Reads pieces of four bytes until the end. */
  pieces(file: KernelObject) {
    const pieces: number[] = []
    for (;;) {
      const piece = new Uint32Array(1)
      if (readSync(file, new Uint8Array(piece.buffer)) === 0) return pieces
      pieces.push(piece[0]!)
    }
  },
  /** Each call of an open file. */
  all(file: KernelObject) {
    const { read, write } = file.as(StreamOps)!
    const { pread, pwrite, seek, truncate, sync, stat } = file.as(FileOps)!
    const size = new Uint8Array(STAT_BYTES)
    const buffer = new Uint8Array(8)
    const answers = [
      write(new TextEncoder().encode('hello world')),
      pwrite(new TextEncoder().encode('J'), 0),
      seek(-5, SEEK_END),
      read(buffer),
      pread(buffer.subarray(5), 0),
      truncate(5),
      sync(1),
      sync(0),
      stat(size),
      seek(0, SEEK_SET),
    ]
    return [answers, decoder.decode(buffer.slice()), describe(file)]
  },
}

function describe(file: KernelObject): string | undefined {
  const open = openObjectOf(file)
  return open.kind.describe?.(open)
}

process.on('warning', (warning) => {
  throw warning
})

parentPort!.once('message', ({ token, handle, job, number, gate }: Job) => {
  const table = attach(token, { kinds: sharedHostKinds })
  const file = fileOf(table, handle)
  parentPort!.postMessage('ready')
  Atomics.wait(gate, 0, 0)
  const result = jobs[job](file, number)
  Atomics.store(gate, 1, 1)
  Atomics.notify(gate, 1)
  file.release()
  table.dispose()
  // A warning of what was done in this thread would come before that.
  setImmediate(() => {
    parentPort!.postMessage(result)
  })
})

/** The file of a handle; of a directory's, the file that is in there. */
function fileOf(table: HandleTable, handle: number): KernelObject {
  const object = table.get(handle)!
  const directory = object.as(DirectoryOps)
  if (directory === undefined) return object
  const opened = directory.openAt('file', O_RDWR, 0)
  object.release()
  if (typeof opened === 'number') throw new Error(`open answered ${opened}`)
  return opened
}
