import { checkFunction, checkInteger, invalid } from '../check.js'
import { ESRCH } from '../errno.js'
import { traced } from '../trace/event.js'
import { endTask } from './end.js'
import { membersOf } from './groups.js'
import type { RunningTask, Task, TaskHost } from './task.js'

/** The signals with names here, and their numbers (signal(7)). */
const SIGNALS = { INT: 2, KILL: 9, PIPE: 13, TERM: 15 } as const

/** A signal with a name. */
export type SignalName = keyof typeof SIGNALS

/** A signal: its name, or any number from 1 to 64. A signal that has a name is always reported by its name. */
export type Signal = SignalName | number

/**
 * What a signal does to a task: ends it (`default`), nothing (`ignore`), or calls a function at once. Calls that
 * wait go on. If the function throws, or its promise rejects, the task ends as if its program had thrown. CHLD, CONT, URG and WINCH (17, 18, 23, 28) do nothing by default.
 */
export type SignalAction = 'default' | 'ignore' | ((signal: Signal, task: Task) => unknown)

export const SIGKILL = SIGNALS.KILL
export const SIGPIPE = SIGNALS.PIPE

const NAMES = new Map<number, SignalName>(Object.entries(SIGNALS).map(([name, number]) => [number, name as SignalName]))

/** @throws EINVAL for an unknown signal */
export function signalNumber(signal: Signal): number {
  const number = typeof signal === 'string' && Object.hasOwn(SIGNALS, signal) ? SIGNALS[signal] : signal
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 64) return number
  throw invalid('signal', `${[...NAMES.values()].join(', ')} or a number from 1 to 64`, signal)
}

/** The signal of a number, by its name if it has one. */
export function signalOf(number: number): Signal {
  return NAMES.get(number) ?? number
}

/** Raises a signal in a task. A task that has ended takes none. */
export function raise(task: RunningTask, number: number): void {
  if (task.ended !== undefined) return
  const action = task.actions.get(number) ?? 'default'
  if (action === 'ignore') return
  const signal = signalOf(number)
  traced(task, 'signal', [signal], 0)
  if (action === 'default') {
    if (HARMLESS.has(number)) return
    endTask(task, { status: 128 + number, signal })
    return
  }
  const fail = (error: unknown) => {
    endTask(task, { status: 1, error })
  }
  try {
    const result = action(signal, task)
    // An async one may end its task, and then its `exit` has thrown as it always does.
    if (result instanceof Promise) result.catch(fail)
  } catch (error) {
    fail(error)
  }
}

/** Signals that do nothing by default: CHLD, CONT, URG and WINCH (signal(7)). */
const HARMLESS: ReadonlySet<number> = new Set([17, 18, 23, 28])

/**
 * Sends a signal to a task of a kernel, to a process group (−group, or 0 for the sender's own), or to all tasks but
 * the sender (−1); signal 0 only asks for them. 0, or −ESRCH when there is none, which is looked at before the signal (kill(2)). @throws EINVAL
 */
export function sendSignal(kernel: TaskHost, id: number, signal: Signal, sender?: RunningTask): number {
  checkInteger(id, 'task')
  const tasks = recipients(kernel, id, sender)
  if (tasks.length === 0) return -ESRCH
  const number = signal === 0 ? 0 : signalNumber(signal)
  if (number !== 0) for (const task of tasks) raise(task, number)
  return 0
}

function recipients(kernel: TaskHost, id: number, sender: RunningTask | undefined): RunningTask[] {
  if (id === -1) return [...kernel.byId.values()].filter((task) => task !== sender)
  if (id <= 0) return membersOf(kernel, id === 0 ? sender?.processGroup : -id)
  const task = kernel.byId.get(id)
  return task === undefined ? [] : [task]
}

/** Says what a signal does from now on, and gives what it did until now (sigaction(2)). */
export function setAction(task: RunningTask, signal: Signal, action: SignalAction): SignalAction {
  const number = signalNumber(signal)
  if (number === SIGKILL) throw invalid('signal', 'another than KILL', signal)
  if (action !== 'default' && action !== 'ignore') checkFunction(action, 'action')
  const before = task.actions.get(number) ?? 'default'
  if (action === 'default') task.actions.delete(number)
  else task.actions.set(number, action)
  return before
}

/** What is left of a task's actions after exec: functions were the old program's. */
export function keepIgnored(actions: Iterable<readonly [number, SignalAction]>): Map<number, SignalAction> {
  return new Map([...actions].filter(([, action]) => action === 'ignore'))
}
