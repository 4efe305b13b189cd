import { fromText } from '../../libc/byte-string.js'
import { SIGINT, SIGPIPE, SIGTERM, signalText } from './signals.js'
import { isRunning, type Job, type Jobs, type Process } from './jobs.js'
import type { Exit } from '@ht/kernel'
import type { Interpreter } from '../interpreter.js'

/** How wide the column is that says what a job does. */
const STATE_WIDTH = 24

/** Reports the signal that has ended the last process of a pipeline, where bash does. */
export async function reportDeaths(shell: Interpreter, processes: readonly Process[], inBackground = false): Promise<void> {
  const deadly = numberOf(processes.at(-1)?.exit)
  if (deadly === undefined || deadly === SIGINT || deadly === SIGPIPE || !shell.reportsDeaths) return
  if (!shell.setup.interactive && deadly !== SIGTERM) await shell.complain(listed(processes))
  else if (!inBackground) await shell.say(`${signalText(deadly)}\n`)
}

/** Reports programs that could not be loaded, or have thrown an error. */
export async function reportFailures(shell: Interpreter, processes: readonly Process[]): Promise<void> {
  for (const failure of failuresOf(processes)) await shell.complain(failure)
}

/** The jobs that have ended. */
export function endedJobs({ jobs, task }: Interpreter): Job[] {
  if (!jobs.isOwn) return []
  for (const { processes } of jobs.all()) for (const process of processes) process.exit ??= task.tryWait(process.id)
  return jobs.all().filter((job) => !isRunning(job))
}

/** Reports jobs that have ended, and forgets them. In an interactive shell {@link noticesOf} does so before the next prompt. */
export async function collectJobs(shell: Interpreter): Promise<void> {
  if (shell.isInFront) return
  for (const job of endedJobs(shell)) {
    shell.jobs.forget(job)
    await reportFailures(shell, job.processes)
    await reportDeaths(shell, job.processes, true)
  }
}

/** The reports of jobs that have ended, which are then forgotten. */
export function noticesOf(shell: Interpreter): string[] {
  const ended = endedJobs(shell)
  const failures = ended.flatMap((job) => failuresOf(job.processes)).map((it) => `${shell.setup.name}: ${it}\n`)
  const notices = [...failures, ...ended.map((job) => describeJob(shell.jobs, job))]
  for (const job of ended) shell.jobs.forget(job)
  return notices
}

/** A line of `jobs`, with the number of its first process if so asked. */
export function describeJob(jobs: Jobs, job: Job, withNumber = false): string {
  const head = `[${job.number}]${jobs.markOf(job)} `
  const number = withNumber ? String(job.processes[0]!.id).padStart(5) : ''
  return `${head}${number} ${stateOf(job.processes.at(-1)!).padEnd(STATE_WIDTH)}${job.text}${isRunning(job) ? ' &' : ''}\n`
}

function failuresOf(processes: readonly Process[]): string[] {
  return processes.flatMap(({ text, exit }) => {
    if (exit?.error === undefined || exit.signal !== undefined) return []
    return `${text === '' ? '' : `${text}: `}${described(exit.error)}`
  })
}

/** A byte string that says what was thrown. */
function described(thrown: unknown): string {
  try {
    return fromText(String(thrown))
  } catch {
    return 'what it threw cannot be shown'
  }
}

/** The processes of a pipeline, one a line. */
function listed(processes: readonly Process[]): string {
  return processes
    .map(
      (process, i) =>
        `${i === 0 ? '' : '     '}${String(process.id).padStart(5)} ${stateOf(process).padEnd(STATE_WIDTH)}${i === 0 ? '' : '| '}${process.text}`,
    )
    .join('\n')
}

function stateOf({ exit }: Process): string {
  if (exit === undefined) return 'Running'
  const number = numberOf(exit)
  if (number !== undefined) return signalText(number)
  return exit.status === 0 ? 'Done' : `Exit ${exit.status}`
}

/** The number of the signal that ended a process. */
function numberOf(exit: Exit | undefined): number | undefined {
  return exit?.signal === undefined ? undefined : exit.status - 128
}
