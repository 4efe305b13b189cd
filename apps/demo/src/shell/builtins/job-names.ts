import type { Job } from '../jobs/jobs.js'
import type { Interpreter } from '../interpreter.js'

/** The job that a text names; says so when there is none, or are several. */
export async function findJob(shell: Interpreter, builtin: string, text: string): Promise<Job | undefined> {
  const [job, ...more] = shell.jobs.named(text)
  if (job !== undefined && more.length === 0) return job
  if (more.length > 0) await shell.complain(`${builtin}: ${text.replace(/^%\??/, '')}: ambiguous job spec`)
  await shell.complain(`${builtin}: ${text}: no such job`)
  return undefined
}
