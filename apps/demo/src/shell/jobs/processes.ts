import { Interrupted } from '../flow.js'
import { collectJobs, reportDeaths, reportFailures } from './report.js'
import type { Process } from './jobs.js'
import type { Interpreter } from '../interpreter.js'

/** What a process does. */
export interface Work {
  /** What `lsof` calls it until it executes a program. */
  readonly name?: string
  /** Its command as it is written, for messages. */
  readonly text?: string
  readonly run: (subshell: Interpreter) => Promise<void>
}

/**
 * Starts a process of a pipeline: a subshell. The pipelines of an interactive shell, those of its subshells not, are in
 * process groups of their own, whose numbers are their first processes'.
 */
export function startProcess(shell: Interpreter, { name = shell.setup.name, text = '', run }: Work, first?: Process): Process {
  const group = shell.isInFront ? (first?.id ?? 0) : undefined
  return { id: shell.fork(name, run, group).id, text, exit: undefined }
}

/**
 * Waits for the processes of a pipeline in the foreground: the status of the last. Says what a signal ended, unless
 * told to be silent.
 *
 * @throws Interrupted when INT ended one of them in an interactive shell: all of the line is given up
 */
export async function waitInForeground(
  shell: Interpreter,
  processes: readonly Process[],
  { silent = false } = {},
): Promise<number> {
  shell.foreground = foregroundOf(shell, processes)
  try {
    for (const process of processes) await waitFor(shell, process)
  } finally {
    shell.foreground = undefined
  }
  await reportFailures(shell, processes)
  if (!silent) await reportDeaths(shell, processes)
  await collectJobs(shell)
  if (shell.isInFront && processes.some(({ exit }) => exit?.signal === 'INT')) throw new Interrupted()
  return statusOf(processes)
}

/** The process group of a pipeline that may be brought to its end from the terminal, if it has one. */
export function foregroundOf(shell: Interpreter, [first]: readonly Process[]): number | undefined {
  return shell.isInFront ? first?.id : undefined
}

/** Waits for one process, unless it has been waited for. */
export async function waitFor({ task }: Interpreter, process: Process, signal?: AbortSignal): Promise<void> {
  process.exit ??= await task.wait(process.id, signal && { signal })
}

/** Ends processes that are of no use any more, and waits for them. */
export async function endProcesses(shell: Interpreter, processes: readonly Process[]): Promise<void> {
  for (const { id } of processes) shell.task.killErrno(id, 'KILL')
  for (const process of processes) await waitFor(shell, process)
}

/** The status of a pipeline whose processes have ended. */
export function statusOf(processes: readonly Process[]): number {
  return processes.at(-1)?.exit?.status ?? 0
}
