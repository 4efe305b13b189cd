import { checkBytes, ERR, IN, onAbort, OUT, WaitQueue, type KernelObject } from '@ht/core'
import { checkInteger, checkOptions, checkWait, type OptionNames } from './check.js'
import { EBADF, EPIPE } from './errno.js'
import { sourceOf, type SourceInit } from './stdio/source.js'
import { stdioKind, type HostEnd } from './stdio/stdio-kind.js'
import { endTask } from './task/end.js'
import { signalOf, SIGKILL, type Signal } from './task/signals.js'
import { isObject, releaseGiven, type Given } from './task/given.js'
import { spawnTask, type ExecOptions } from './task/spawn.js'
import type { Limits } from './limits.js'
import type { Executable } from './task/program.js'
import type { TaskHost } from './task/task.js'

/** How a program is run to its end. */
export interface RunOptions extends ExecOptions {
  /** The path of its working directory. Defaults to the root. */
  readonly cwd?: string
  /** Limits of the program together with all that it starts. Each defaults to that of `createKernel`. */
  readonly limits?: Limits
  /** Its limit of handles. Defaults to 1024. */
  readonly limit?: number
  /**
   * Standard input: a string, bytes, a `ReadableStream`, any other argument of `createSource` of `@ht/kernel/stdio`, or
   * an object. `run` takes it over: a stream is asked for a chunk when a task reads and there is none, and is cancelled
   * when no task will read on, even if the program cannot be started. Defaults to empty input.
   */
  readonly input?: SourceInit | KernelObject
  /** Kills the program after this many milliseconds. Defaults to never. */
  readonly timeoutMs?: number | undefined
  /** Kills the program when aborted. The promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** The most bytes of standard output and error together. Defaults to 16 MiB. */
  readonly maxOutputBytes?: number
}

const RUN_OPTIONS: OptionNames<RunOptions> = {
  name: true,
  args: true,
  env: true,
  worker: true,
  cwd: true,
  limit: true,
  limits: true,
  input: true,
  timeoutMs: true,
  signal: true,
  maxOutputBytes: true,
}

/** How a program ended, and its output. */
export interface RunResult {
  /** 0 to 255. If a signal ended the program, 128 plus the signal's number. */
  readonly status: number
  /** The signal that ended it: `KILL` after a timeout. */
  readonly signal: Signal | undefined
  /** The error that ended the program, if one did. */
  readonly error: unknown
  /** The output of the program and of the tasks that it started. */
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** Whether output above `maxOutputBytes` was refused. */
  readonly truncated: boolean
  /** Whether the program was killed because it took longer than `timeoutMs`. */
  readonly timedOut: boolean
  /** {@link stdout} as text. */
  readonly text: string
}

const DEFAULT_OUTPUT_BYTES = 16 * 1024 * 1024
/** The longest delay of a timer; a longer timeout is none. */
const LONGEST_MS = 0x7fffffff

/**
 * Runs a program in a task of its own, and ends all tasks that descend from it when it has ended. A task that it
 * starts by `task.kernel` belongs to the host and does not descend from it. Output above the limit fails as on a pipe
 * without a reader: a program that never stops writing gets EPIPE and ends.
 *
 * @throws EINVAL that names a wrong option; the errors of opening `cwd`; the signal's reason; ECANCELED if the kernel
 *   is closed
 */
export async function run(kernel: TaskHost, program: Executable, options: RunOptions = {}): Promise<RunResult> {
  const { input, timeoutMs, signal, maxOutputBytes = DEFAULT_OUTPUT_BYTES, ...rest } = (options as RunOptions | null) ?? {}
  let stdin = input as Given
  try {
    stdin = inputOf(input)
    checkOptions(options, RUN_OPTIONS)
    checkWait(options)
    checkInteger(maxOutputBytes, 'options.maxOutputBytes', 0)
    signal?.throwIfAborted()
  } catch (error) {
    // Given is taken over, whatever becomes of it.
    releaseGiven({ ...rest, stdin })
    throw error
  }
  const room: Room = { left: maxOutputBytes, truncated: false }
  const [stdout, stderr] = [new Output(room), new Output(room)]
  const task = spawnTask(kernel, undefined, program, {
    ...rest,
    stdin,
    stdout: stdioKind.open(stdout, { accessMode: 'WriteOnly' }),
    stderr: stdioKind.open(stderr, { accessMode: 'WriteOnly' }),
  })
  const cause = { timedOut: false, aborted: false }
  const kill = () => endDescendants(kernel, task.id)
  const abort = () => {
    cause.aborted = true
    void kill()
  }
  const onTimeout = () => {
    cause.timedOut = true
    void kill()
  }
  const timer = timeoutMs === undefined || timeoutMs > LONGEST_MS ? undefined : setTimeout(onTimeout, timeoutMs)
  const forget = signal && onAbort(signal, abort)

  const exit = await task.exited
  clearTimeout(timer)
  forget?.()
  // Calls that waited hold what they wait for until they have settled, which is about to happen.
  await Promise.allSettled([...task.waits, ...kill()])
  for (let calls = kill(); calls.length > 0; calls = kill()) await Promise.allSettled(calls)
  if (cause.aborted) throw signal?.reason
  const output = stdout.bytes()
  return {
    status: exit.status,
    signal: exit.signal,
    error: exit.error,
    stdout: output,
    stderr: stderr.bytes(),
    truncated: room.truncated,
    timedOut: cause.timedOut,
    get text() {
      return new TextDecoder().decode(output)
    },
  }
}

function inputOf(input: RunOptions['input'] = ''): KernelObject {
  if (isObject(input)) return input
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input
  if (!ArrayBuffer.isView(bytes)) return sourceOf(bytes, 'options.input')
  return stdioKind.open(new Input(checkBytes(bytes, 'options.input')), { accessMode: 'ReadOnly' })
}

/** Kills all tasks that descend from one that the host started. Gives what is to be waited for until they have ended. */
function endDescendants(kernel: TaskHost, ancestor: number): Promise<unknown>[] {
  const calls: Promise<unknown>[] = []
  for (const task of kernel.byId.values()) {
    if (task.ancestor !== ancestor || task.ended !== undefined) continue
    // A worker's task ends when its worker has.
    calls.push(...task.waits, task.exited)
    endTask(task, { status: 128 + SIGKILL, signal: signalOf(SIGKILL) })
  }
  return calls
}

/** How many bytes of output may still come, and whether more came. */
interface Room {
  left: number
  truncated: boolean
}

/** Bytes that a task reads. */
class Input implements HostEnd {
  readonly changes = new WaitQueue()
  #rest: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#rest = new Uint8Array(bytes)
  }

  read(buffer: Uint8Array): number {
    const piece = this.#rest.subarray(0, buffer.length)
    buffer.set(piece)
    this.#rest = this.#rest.subarray(piece.length)
    return piece.length
  }

  write(): number {
    return -EBADF
  }

  readiness(): number {
    return IN
  }

  describe(): string {
    return `from the host, ${this.#rest.length} bytes waiting`
  }

  close(): void {
    // There is nothing to give back.
  }
}

/** Where a task's output is kept. */
class Output implements HostEnd {
  readonly changes = new WaitQueue()
  readonly #room: Room
  /** Grows by doubling, so that many small writes cost no more than they hold. */
  #kept = new Uint8Array(0)
  #length = 0

  constructor(room: Room) {
    this.#room = room
  }

  read(): number {
    return -EBADF
  }

  write(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.#room.left)
    if (count > 0) this.#keep(bytes.subarray(0, count))
    if (count < bytes.length) this.#room.truncated = true
    // What fitted counts; the next write finds no reader.
    return count === 0 && bytes.length > 0 ? -EPIPE : count
  }

  readiness(): number {
    return this.#room.truncated ? OUT | ERR : OUT
  }

  describe(): string {
    return `for the host, ${this.#length} bytes`
  }

  close(): void {
    // What was written is the host's now.
  }

  bytes(): Uint8Array {
    return this.#kept.slice(0, this.#length)
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#kept.length) {
      const larger = new Uint8Array(Math.max(length, this.#kept.length * 2, 256))
      larger.set(this.#kept.subarray(0, this.#length))
      this.#kept = larger
    }
    this.#kept.set(bytes, this.#length)
    this.#length = length
    this.#room.left -= bytes.length
  }
}
