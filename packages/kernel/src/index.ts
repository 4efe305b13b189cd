/**
 * Tasks and system calls over handle tables. A kernel knows no kind of object but its own for standard input and
 * output: it is given kinds, a root, and a way to make pipes. `@ht/kernel/preset` has all of that.
 *
 * @example
 * import { createKernel } from '@ht/kernel'
 *
 * const kernel = createKernel()
 * const { status, text } = await kernel.run(
 *   async (task) => {
 *     const buffer = new Uint8Array(4096)
 *     for (let n; (n = await task.readAsync(0, buffer)) > 0; ) await task.writeAsync(1, buffer.subarray(0, n))
 *   },
 *   { input: 'hello\n' },
 * )
 *
 * @packageDocumentation
 */

export { createKernel } from './kernel.js'
export type { Kernel, KernelOptions } from './kernel.js'
export type { Limits } from './limits.js'
export type { RunOptions, RunResult } from './run.js'

export type { Child } from './task/child.js'
export type { Task } from './task/task.js'
export type { Executable, Exit, Program, ProgramModule } from './task/program.js'
export type { Threads } from './task/threads.js'
export type { Signal, SignalAction, SignalName } from './task/signals.js'
export type { CloneOptions, ExecOptions, ForkOptions } from './task/spawn.js'
export type { Given, SpawnOptions } from './task/given.js'

export { AT_FDCWD } from './calls/forms.js'
export type { ErrnoForms } from './calls/forms.js'
export type { DirectoryCalls } from './calls/directory.js'
export {
  FD_CLOEXEC,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETPIPE_SZ,
  F_SETFD,
  F_SETFL,
  F_SETPIPE_SZ,
} from './calls/fcntl.js'
export { CLOSE_RANGE_CLOEXEC, CLOSE_RANGE_UNSHARE } from './calls/handles.js'
export type { ConnectionCalls, ConnectionWaits } from './calls/connections.js'
export type { HandleCalls, HandleRole } from './calls/handles.js'
export type { MessageCalls, MessageErrnoForms, MessageWaits, Received } from './calls/messages.js'
export type { NameCalls } from './calls/paths.js'
export type { PipeCalls, PipeMaker } from './calls/pipe.js'
export type { PositionCalls, StorageCalls } from './calls/position.js'
export type { SocketCalls } from './calls/sockets.js'
export type { StatusCalls, StatusErrnoForms } from './calls/status.js'
export type { StreamCalls } from './calls/stream.js'
export type { VectorCalls } from './calls/vectors.js'
export type { TaskCalls } from './calls/task.js'
export type { WaitingCalls } from './calls/async.js'

export { stdioKind } from './stdio/stdio-kind.js'
export type { HostEnd } from './stdio/stdio-kind.js'

export type { LsofHandle, LsofTask } from './lsof.js'
export type { Trace, TracedBytes, TraceEvent } from './trace/event.js'
