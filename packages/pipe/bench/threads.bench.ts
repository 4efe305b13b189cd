import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, MessageChannel, parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads'
import {
  attach,
  attachMemory,
  createSharedMemory,
  createSharedTable,
  leaveMemory,
  memoryToken,
  readSync,
  share,
  writeSync,
  type MemoryToken,
  type TableToken,
} from '@ht/core/shared'
import type { KernelObject } from '@ht/core'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'

/*
 * Bytes between two threads through a pipe in shared memory, beside a Linux pipe between two processes and a
 * `MessagePort` between two threads. Each line: the median of the rounds, from which to which they spread, and the
 * ratio to Linux or the port. Every figure comes twice: with spinning (a thread that waits looks some 2000 times
 * before it sleeps) and without.
 */

const ROUNDS = 7
const PIECES = [64, 4096, 65_536] as const
const MISALIGNED = 3
const TRIPS = 20_000

interface Job {
  readonly memory: MemoryToken
  readonly table: TableToken
  readonly spins: number | undefined
  readonly role: 'write' | 'read' | 'ping' | 'pong' | 'send' | 'receive'
  readonly piece: number
  readonly offset: number
  readonly total: number
  readonly rounds: number
  /** One word: how many rounds the reading side has begun. */
  readonly begun: Int32Array
  readonly port: MessagePort
}

if (isMainThread) await main()
else await work(workerData as Job)

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ht-bench-'))
  const linux = buildLinux(folder)
  try {
    for (const piece of PIECES) {
      for (const offset of [0, MISALIGNED]) {
        const total = Math.round((piece === 64 ? 8 : 64) * 2 ** 20)
        const name = `${String(piece)} bytes${offset === 0 ? '' : ', misaligned'}`
        const beside = linux === undefined ? undefined : linuxTimes(linux, ['through', piece, offset, total, ROUNDS])
        for (const spins of [undefined, 0]) {
          const times = await between('write', 'read', { piece, offset, total, spins })
          printRate(`${name}${spins === 0 ? ', no spins' : ''}`, total, times, 'Linux', beside)
        }
      }
    }
    const portTotal = 64 * 2 ** 16
    const port = await between('send', 'receive', { piece: 64, offset: 0, total: portTotal, spins: undefined })
    for (const spins of [undefined, 0]) {
      const pipe = await between('write', 'read', { piece: 64, offset: 0, total: portTotal, spins })
      printRate(`64 bytes${spins === 0 ? ', no spins' : ''}`, portTotal, pipe, 'MessagePort', port)
    }
    const beside = linux === undefined ? undefined : linuxTimes(linux, ['pingpong', TRIPS, ROUNDS])
    for (const spins of [undefined, 0]) {
      const times = await between('ping', 'pong', { piece: 1, offset: 0, total: TRIPS, spins })
      const trips = times.map((time) => time / TRIPS)
      printTime(`there and back${spins === 0 ? ', no spins' : ''}`, trips, beside)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Times of the rounds between two threads, in nanoseconds, as the second one measures them. */
async function between(
  first: Job['role'],
  second: Job['role'],
  job: Pick<Job, 'piece' | 'offset' | 'total' | 'spins'>,
): Promise<number[]> {
  const memory = createSharedMemory({ kinds: [sharedPipeKind], bytes: 16 * 2 ** 20 })
  const table = createSharedTable(memory)
  for (let i = 0; i < 2; i++) {
    const { reader, writer } = createSharedPipe(memory)
    table.insertAll([reader, writer])
  }
  const begun = new Int32Array(new SharedArrayBuffer(4))
  const { port1, port2 } = new MessageChannel()
  const start = (role: Job['role'], port: MessagePort) =>
    new Worker(new URL(import.meta.url), {
      workerData: {
        ...job,
        memory: memoryToken(memory),
        table: share(table),
        role,
        rounds: ROUNDS + 2,
        begun,
        port,
      } satisfies Job,
      transferList: [port],
    })
  const workers = [start(first, port1), start(second, port2)] as const
  const exits = workers.map((worker) => once(worker, 'exit'))
  const [times] = (await once(workers[1], 'message')) as [number[]]
  await Promise.all(exits)
  table.dispose()
  // Two rounds to have it compiled.
  return times.slice(2)
}

async function work(job: Job): Promise<void> {
  const { spins, role, piece, offset, total, rounds, begun, port } = job
  const memory = attachMemory(job.memory, { kinds: [sharedPipeKind] })
  const table = attach(job.table)
  if (spins !== undefined) memory.spins = spins
  const [reader, writer, backReader, backWriter] = [0, 1, 2, 3].map((handle) => table.get(handle)) as KernelObject[] as [
    KernelObject,
    KernelObject,
    KernelObject,
    KernelObject,
  ]
  const bytes = new Uint8Array(piece + 8).subarray(offset, offset + piece).fill(7)
  const times: number[] = []
  const round: Record<Job['role'], () => void | Promise<void>> = {
    write() {
      for (let done = 0; done < total; done += piece) writeSync(writer, bytes)
    },
    read() {
      for (let done = 0; done < total;) done += readSync(reader, bytes)
    },
    ping() {
      for (let i = 0; i < total; i++) {
        readSync(reader, bytes)
        writeSync(backWriter, bytes)
      }
    },
    pong() {
      for (let i = 0; i < total; i++) {
        writeSync(writer, bytes)
        readSync(backReader, bytes)
      }
    },
    send() {
      for (let done = 0; done < total; done += piece) port.postMessage(bytes)
    },
    receive() {
      return new Promise<void>((resolve) => {
        let done = 0
        port.on('message', (got: Uint8Array) => {
          done += got.length
          if (done < total) return
          port.removeAllListeners('message')
          resolve()
        })
      })
    },
  }
  const measures = role === 'read' || role === 'pong' || role === 'receive'
  for (let i = 0; i < rounds; i++) {
    const start = process.hrtime.bigint()
    if (measures) {
      Atomics.add(begun, 0, 1)
      Atomics.notify(begun, 0)
    } else while (Atomics.load(begun, 0) <= i) Atomics.wait(begun, 0, i)
    await round[role]()
    times.push(Number(process.hrtime.bigint() - start))
  }
  port.close()
  if (measures) parentPort?.postMessage(times)
  for (const object of [reader, writer, backReader, backWriter]) object.release()
  table.dispose()
  leaveMemory(memory)
}

/** The program that measures Linux's pipe; undefined where there is no compiler. */
function buildLinux(folder: string): string | undefined {
  const source = fileURLToPath(new URL('../bench/linux-pipe.c', import.meta.url))
  const program = join(folder, 'linux-pipe')
  try {
    execFileSync('cc', ['-O2', '-o', program, source], { stdio: 'ignore' })
    return program
  } catch {
    console.log('  (no C compiler: nothing to compare with Linux)')
    return undefined
  }
}

/** Times of the rounds in nanoseconds, with two rounds before them as here. */
function linuxTimes(program: string, args: readonly (string | number)[]): number[] {
  const lines = execFileSync(
    program,
    args
      .slice(0, -1)
      .map(String)
      .concat(String(ROUNDS + 2)),
    { encoding: 'utf8' },
  )
  return lines.trim().split('\n').slice(2).map(Number)
}

function printRate(name: string, total: number, times: readonly number[], besideName: string, beside?: readonly number[]): void {
  print(name, (time) => `${((total / time) * 1000).toFixed(0).padStart(6)} MB/s`, times, besideName, beside)
}

function printTime(name: string, times: readonly number[], beside?: readonly number[]): void {
  print(name, (time) => `${(time / 1000).toFixed(2).padStart(6)} µs`, times, 'Linux', beside)
}

function print(
  name: string,
  show: (time: number) => string,
  times: readonly number[],
  besideName: string,
  beside: readonly number[] | undefined,
): void {
  const [fastest, middle, slowest] = spread(times)
  const own = `${show(middle)}  (${show(slowest).trim()} to ${show(fastest).trim()})`
  const other =
    beside === undefined
      ? ''
      : `${besideName} ${show(spread(beside)[1]).trim()}: ${(spread(beside)[1] / middle).toFixed(2)}x as fast`
  console.log(`  ${name.padEnd(34)} ${own.padEnd(42)} ${other}`.trimEnd())
}

/** The fastest, the median and the slowest. */
function spread(times: readonly number[]): [number, number, number] {
  const sorted = [...times].sort((a, b) => a - b)
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!]
}
