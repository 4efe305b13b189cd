import { isRunning, type Job } from '../jobs/jobs.js'
import { collectJobs, reportDeaths, reportFailures } from '../jobs/report.js'
import { statusOf, waitFor } from '../jobs/processes.js'
import { takeOptions, type Builtin } from './builtin.js'
import { findJob } from './job-names.js'
import type { Interpreter } from '../interpreter.js'

/** The status for what there is nothing to wait for. */
const NO_CHILD = 127

/** Waits for jobs: the status of the last one named, or 0 when all are waited for. */
export const wait: Builtin = async (shell, args) => {
  const { options, operands } = takeOptions(args, 'fn', 'wait [-fn] [-p var] [id ...]')
  if (options.includes('n')) return waitForNext(shell, operands)
  if (operands.length === 0) {
    const jobs = shell.jobs.isOwn ? [...shell.jobs.all()] : []
    for (const job of jobs) await finish(shell, job)
    return 0
  }
  let status = 0
  for (const operand of operands) status = await waitForOne(shell, operand)
  return status
}

async function waitForOne(shell: Interpreter, operand: string): Promise<number> {
  const { jobs, interruption } = shell
  if (operand.startsWith('%')) {
    const job = await findJob(shell, 'wait', operand)
    return job === undefined || !jobs.isOwn ? NO_CHILD : finish(shell, job)
  }
  if (!/^\d+$/.test(operand)) {
    await shell.complain(`wait: \`${operand}': not a pid or valid job spec`)
    return 1
  }
  const id = Number(operand)
  const job = jobs.isOwn ? jobs.withProcess(id) : undefined
  const process = job?.processes.find((it) => it.id === id)
  if (job === undefined || process === undefined) {
    const status = jobs.statusOf(id)
    if (status === undefined) await shell.complain(`wait: pid ${id} is not a child of this shell`)
    return status ?? NO_CHILD
  }
  await waitFor(shell, process, interruption.signal)
  if (!isRunning(job)) await finish(shell, job)
  return statusOf([process])
}

/** Waits until the first of all jobs, or of some, has ended. */
async function waitForNext(shell: Interpreter, operands: readonly string[]): Promise<number> {
  const { jobs, task, interruption } = shell
  const chosen: Job[] = []
  for (const operand of operands) {
    const job = operand.startsWith('%') ? jobs.named(operand)[0] : jobs.withProcess(Number(operand))
    if (job !== undefined) chosen.push(job)
    else await shell.complain(`wait: ${operand}: no such job`)
  }
  const candidates = operands.length === 0 ? [...jobs.all()] : chosen
  if (candidates.length === 0 || !jobs.isOwn) return NO_CHILD
  for (;;) {
    const ended = candidates.find((job) => !isRunning(job))
    if (ended !== undefined) return finish(shell, ended)
    const exit = await task.wait(undefined, { signal: interruption.signal })
    const process = jobs.withProcess(exit.task)?.processes.find(({ id }) => id === exit.task)
    if (process !== undefined) process.exit = exit
  }
}

/** Waits for the end of a job, and forgets it. */
async function finish(shell: Interpreter, job: Job): Promise<number> {
  for (const process of job.processes) await waitFor(shell, process, shell.interruption.signal)
  await collectJobs(shell)
  if (shell.jobs.all().includes(job)) {
    shell.jobs.forget(job)
    await reportFailures(shell, job.processes)
    await reportDeaths(shell, job.processes, true)
  }
  return statusOf(job.processes)
}
