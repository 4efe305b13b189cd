import { codeOf, DirectoryOps, HandleError, methodsOf, O_DIRECTORY, O_RDONLY, openObjectOf, type HandleTable } from '@ht/core'
import { openDirectory } from '../calls/directory.js'
import { tableOf } from '../calls/lookup.js'
import { checkRoom } from '../calls/room.js'
import {
  checkBoolean,
  checkFunction,
  checkList,
  checkObject,
  checkOptions,
  checkText,
  invalid,
  type OptionNames,
} from '../check.js'
import { ENOENT } from '../errno.js'
import { located } from '../errors.js'
import { Account, ArgumentBytes, setLimits, type Limits, type SetLimits } from '../limits.js'
import { traced } from '../trace/event.js'
import { endTask, ignore } from './end.js'
import { releaseGiven, SPAWN_OPTIONS, tableFor, type SpawnOptions } from './given.js'
import { checkGroup } from './groups.js'
import { referenceOf, type Executable } from './program.js'
import { keepIgnored } from './signals.js'
import { disposeQuietly, unshareTable } from './tables.js'
import { WorkingDirectory } from './working-directory.js'
import type { RunningTask, TaskHost } from './task.js'
import type { ReservedWorker } from './threads.js'

/** Options of a new program. */
export interface ExecOptions {
  /** What `lsof` calls the task. Defaults to the program's own name. */
  readonly name?: string
  /** Empty if omitted. */
  readonly args?: readonly string[]
  /** Defaults to the task's own, or to none if the host starts the task. */
  readonly env?: Readonly<Record<string, string>>
  /** Whether the program runs in a worker. Must be true for a `ProgramModule` or a name, and false for a function. */
  readonly worker?: boolean
}

export const EXEC_OPTIONS: OptionNames<ExecOptions> = { name: true, args: true, env: true, worker: true }

/** Options of a forked task. */
export interface ForkOptions {
  /** What `lsof` calls the task. Defaults to the program's own name. */
  readonly name?: string
  /** Defaults to its parent's. */
  readonly args?: readonly string[]
  /** As in {@link ExecOptions}. */
  readonly worker?: boolean
  /** Its process group: 0 for a new one, or the number of an existing group (otherwise EPERM). Defaults to its parent's. */
  readonly processGroup?: number
}

/** What a cloned task shares. */
export interface CloneOptions extends ForkOptions {
  /** Whether it shares the table (CLONE_FILES). */
  readonly files?: boolean
}

export const FORK_OPTIONS: OptionNames<ForkOptions> = { name: true, args: true, worker: true, processGroup: true }
export const CLONE_OPTIONS: OptionNames<CloneOptions> = { ...FORK_OPTIONS, files: true }

/** Starts a task of the host's, or, with a parent, a child of a task. */
export function spawnTask(
  kernel: TaskHost,
  parent: RunningTask | undefined,
  program: Executable,
  options: SpawnOptions = {},
): RunningTask {
  checkRoom()
  let reserved: ReservedWorker | undefined
  let table: HandleTable | undefined
  let workingDirectory: WorkingDirectory | undefined
  try {
    const limits = limitsOf(kernel, parent, options)
    const { name, args, env } = checkExec(kernel, limits, program, options, SPAWN_OPTIONS)
    if (parent !== undefined) tableOf(parent)
    const processGroup = checkGroup(kernel, options.processGroup)
    const account = parent?.account ?? new Account(limits)
    reserved = reserveFor(kernel, account, program)
    workingDirectory = directoryFor(kernel, parent, options.cwd)
    table = tableFor(kernel, parent, options)
    const task = kernel.add({
      parent,
      account,
      processGroup,
      forked: false,
      name,
      args,
      env: env ?? parent?.env ?? {},
      table,
      tableId: kernel.nextTableId(),
      workingDirectory,
      mask: parent?.mask ?? 0o022,
      actions: keepIgnored(parent?.actions ?? []),
    })
    if (parent !== undefined) traced(parent, 'spawn', [name, args], task.id)
    start(task, program, reserved)
    return task
  } catch (error) {
    reserved?.giveBack()
    workingDirectory?.leave()
    if (table !== undefined) disposeQuietly(table)
    releaseGiven(options)
    throw located(error, parent, 'spawn')
  }
}

export async function execTask(task: RunningTask, program: Executable, options: ExecOptions = {}): Promise<never> {
  checkRoom()
  let reserved: ReservedWorker | undefined
  try {
    tableOf(task)
    const { name, args, env } = checkExec(task.kernel, task.account.limits, program, options, EXEC_OPTIONS)
    if (typeof program !== 'function') {
      task.account.checkThreads()
      reserved = task.kernel.threads?.reserve()
      await unlessReplaced(task, reserved?.load(referenceOf(program)))
      // Others may have taken what was left meanwhile.
      task.account.checkThreads()
    }
    unshareTable(task)
    // From here on nothing fails.
    task.table.closeOnExec()
    task.actions = keepIgnored(task.actions)
    task.forked = false
    task.name = name
    task.args = args
    task.env = env ?? task.env
    endCalls(task)
    traced(task, 'exec', [name, args], 0)
  } catch (error) {
    reserved?.giveBack()
    throw located(error, task, 'exec')
  }
  start(task, program, reserved)
  return new Promise<never>(() => undefined)
}

/** Waits for what a program of the task's is about to be replaced with. @throws when the task has ended, or runs another, meanwhile */
async function unlessReplaced(task: RunningTask, loaded: Promise<void> | undefined): Promise<void> {
  const { signal } = task
  let stop: (() => void) | undefined
  const replaced = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop)
  })
  try {
    await Promise.race([loaded, replaced])
    signal.throwIfAborted()
  } finally {
    signal.removeEventListener('abort', stop!)
  }
}

/** Ends the calls of the old program that wait, so that none takes what is the new one's. */
export function endCalls(task: RunningTask): void {
  const { controller } = task
  for (const call of task.waits) call.catch(ignore)
  task.controller = new AbortController()
  controller.abort(new HandleError('ECANCELED', { text: 'another program took the place of this one', task: task.id }))
}

/** A child with all that its parent has, but its table, which is shared or copied. */
export function copyTask(
  parent: RunningTask,
  program: Executable,
  options: CloneOptions = {},
  syscall: 'fork' | 'clone',
): RunningTask {
  checkRoom()
  const { kernel } = parent
  let reserved: ReservedWorker | undefined
  let table: HandleTable | undefined
  let workingDirectory: WorkingDirectory | undefined
  try {
    const { name, args } = checkExec(
      kernel,
      parent.account.limits,
      program,
      options,
      syscall === 'clone' ? CLONE_OPTIONS : FORK_OPTIONS,
    )
    const shared = options.files === true
    const own = tableOf(parent)
    const processGroup = checkGroup(kernel, options.processGroup)
    const { account } = parent
    reserved = reserveFor(kernel, account, program)
    table = shared ? own.clone() : own.deepClone()
    workingDirectory = parent.workingDirectory?.enter()
    const task = kernel.add({
      parent,
      account,
      processGroup,
      forked: true,
      name,
      args: options.args === undefined ? parent.args : args,
      env: parent.env,
      table,
      tableId: shared ? parent.tableId : kernel.nextTableId(),
      workingDirectory,
      mask: parent.mask,
      actions: new Map(parent.actions),
    })
    traced(parent, syscall, options.args === undefined ? [name] : [name, args], task.id)
    start(task, program, reserved)
    return task
  } catch (error) {
    reserved?.giveBack()
    workingDirectory?.leave()
    if (table !== undefined) disposeQuietly(table)
    throw located(error, parent, syscall)
  }
}

/** What a task that is about to be spawned may use. @throws EINVAL for limits that are wrong, or not the host's to set */
export function limitsOf(
  kernel: TaskHost,
  parent: RunningTask | undefined,
  options: { readonly limits?: Limits } | null,
): SetLimits {
  const limits = options?.limits
  if (parent === undefined) return setLimits(limits, kernel.limits)
  if (limits === undefined) return parent.account.limits
  throw invalid('options.limits', 'left out, as a task that the host has started has them for all that descend from it', limits)
}

/**
 * Makes sure that there may be one task more, and reserves the worker that its program is to run in, unless it is a function.
 *
 * @throws EAGAIN when its program may have no more tasks, or there can be no more threads
 */
export function reserveFor(
  { threads }: Pick<TaskHost, 'threads'>,
  account: Account,
  program: Executable,
): ReservedWorker | undefined {
  const isPosted = typeof program !== 'function'
  account.checkRoom(isPosted)
  return isPosted ? threads?.reserve() : undefined
}

/**
 * Runs a program when the current work is done. Its end is the task's, unless the task has come to run another.
 *
 * @param reserved the worker that it runs in, if it is not a function
 */
export function start(task: RunningTask, program: Executable, reserved?: ReservedWorker): void {
  const number = ++task.program
  if (typeof program !== 'function') {
    reserved?.start(task, referenceOf(program))
    return
  }
  const end = (status: number, error?: unknown) => {
    if (task.program === number) endTask(task, { status, error })
  }
  Promise.resolve()
    .then((): unknown => (task.ended === undefined && task.program === number ? program(task) : 0))
    .then((status = 0) => {
      if (!Number.isInteger(status)) throw invalid('status', 'an integer or nothing', status)
      end((status as number) & 255)
    })
    .catch((error: unknown) => {
      end(1, error)
    })
}

/** What a program is started with, checked. */
interface Checked {
  readonly name: string
  readonly args: readonly string[]
  readonly env: ExecOptions['env']
}

export function checkExec<T extends ExecOptions>(
  { threads }: Pick<TaskHost, 'threads'>,
  { argumentBytes }: SetLimits,
  program: unknown,
  options: T,
  known: OptionNames<T>,
): Checked {
  checkOptions(options, known)
  if (typeof program === 'string') checkText(program, 'program')
  else if (!(program instanceof URL)) checkFunction(program, 'program')
  // Only `clone` has `files`.
  for (const name of ['worker', 'files']) {
    const value = (options as CloneOptions)[name as 'worker']
    if (value !== undefined) checkBoolean(value, `options.${name}`)
  }
  const isPosted = typeof program !== 'function'
  if (isPosted !== (options.worker === true)) {
    const wanted = isPosted ? 'true for a module or a name' : 'false for a function, which cannot be posted'
    throw invalid('options.worker', wanted, options.worker)
  }
  if (isPosted && threads === undefined) {
    throw new HandleError('ENOSYS', {
      text: 'createKernel was given no `threads`, such as createThreads() of @ht/kernel/threads makes',
    })
  }
  const { name = nameOf(program as Executable), args = [], env } = options
  checkTexts(argumentBytes, name, args, env)
  return {
    name,
    args: Object.freeze([...args]),
    env: env && Object.freeze({ ...env }),
  }
}

/** @throws EINVAL that names what is not a text; E2BIG when all of it is too much */
export function checkTexts(argumentBytes: number, name: string, args: readonly string[], env: ExecOptions['env']): void {
  checkText(name, 'options.name')
  const bytes = new ArgumentBytes(argumentBytes)
  bytes.add(name)
  checkList(args, 'options.args', 'texts')
  // A list with holes has a text for none of them.
  for (let i = 0; i < args.length; i++) {
    checkText(args[i], `options.args.${String(i)}`)
    bytes.add(args[i]!)
  }
  if (env === undefined) return
  checkObject(env, 'options.env')
  for (const key of Object.keys(env)) {
    checkText(env[key], `options.env.${key}`)
    bytes.add(env[key]!)
    bytes.add(key)
  }
}

/** A function's own name; a module's is that of its file. */
export function nameOf(program: Executable): string {
  if (typeof program === 'string') return program || 'program'
  const name = program instanceof URL ? program.pathname.replace(/.*\/|\.\w+$/g, '') : program.name
  return name || 'program'
}

export function directoryFor(
  { root }: TaskHost,
  parent: RunningTask | undefined,
  cwd: string | undefined,
): WorkingDirectory | undefined {
  if (cwd === undefined && (parent ?? root) === undefined) return undefined
  if (cwd === undefined && parent !== undefined) return parent.workingDirectory?.enter()
  const path = cwd === undefined ? '/' : cwd
  checkText(path, 'options.cwd')
  const start = root && openObjectOf(root)
  const opened =
    parent !== undefined
      ? openDirectory(parent, path)
      : ((start && methodsOf(start, DirectoryOps)?.openAt(start, path, O_RDONLY | O_DIRECTORY, 0)) ?? -ENOENT)
  if (typeof opened !== 'number') return new WorkingDirectory(opened)
  throw new HandleError(codeOf(opened), { text: `options.cwd ${JSON.stringify(path)} cannot be opened` })
}
