import { isRunning } from '../jobs/jobs.js'
import { collectJobs, describeJob, endedJobs } from '../jobs/report.js'
import { takeOptions, type Builtin } from './builtin.js'
import { findJob } from './job-names.js'

/** Lists jobs; one that has ended is listed once. */
export const jobs: Builtin = async (shell, args) => {
  const { options, operands } = takeOptions(args, 'lnprs', 'jobs [-lnprs] [jobspec ...] or jobs -x command [args]')
  await collectJobs(shell)
  endedJobs(shell)
  let status = 0
  const chosen = operands.length === 0 ? [...shell.jobs.all()] : []
  for (const operand of operands) {
    const job = await findJob(shell, 'jobs', operand)
    if (job !== undefined) chosen.push(job)
    else status = 1
  }
  for (const job of chosen) {
    // Nothing stops a job, and `-n` lists those whose state has changed.
    if (options.includes('s') || ((options.includes('r') || options.includes('n')) && isRunning(job) === options.includes('n')))
      continue
    const line = options.includes('p') ? `${job.processes[0]!.id}\n` : describeJob(shell.jobs, job, options.includes('l'))
    if (!isRunning(job) && shell.jobs.isOwn) shell.jobs.forget(job)
    await shell.print(line)
  }
  return status
}
