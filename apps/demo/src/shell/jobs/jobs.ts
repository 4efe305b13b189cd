import type { Exit } from '@ht/kernel'

/** A process of a pipeline. */
export interface Process {
  readonly id: number
  /** Its command as it is written, for messages. */
  readonly text: string
  /** How it ended, once it was waited for. */
  exit: Exit | undefined
}

/** A pipeline in the background. */
export interface Job {
  /** What `%n` names. */
  readonly number: number
  readonly processes: readonly Process[]
  /** Its command as it is written. */
  readonly text: string
}

/** The jobs of a shell. */
export class Jobs {
  #jobs: Job[]
  /** Whether they are the shell's own, which can be waited for. */
  readonly isOwn: boolean
  /** The statuses of processes whose jobs are forgotten, for `wait`. */
  readonly #statuses = new Map<number, number>()

  constructor(jobs: readonly Job[] = [], isOwn = true) {
    this.#jobs = [...jobs]
    this.isOwn = isOwn
  }

  /** What a subshell begins with: the same jobs, to be looked at. */
  ofSubshell(): Jobs {
    return new Jobs(this.#jobs, false)
  }

  add(processes: readonly Process[], text: string): Job {
    const job = { number: (this.#jobs.at(-1)?.number ?? 0) + 1, processes, text }
    this.#jobs.push(job)
    return job
  }

  /** By their numbers. */
  all(): readonly Job[] {
    return this.#jobs
  }

  /** The job of a process. */
  withProcess(id: number): Job | undefined {
    return this.#jobs.find(({ processes }) => processes.some((process) => process.id === id))
  }

  /** The jobs that a text names: `%2`, `%%`, `%-`, `%` and the beginning of a command, `%?` and a part of one. */
  named(text: string): readonly Job[] {
    const name = text.replace(/^%/, '')
    if (['', '%', '+'].includes(name)) return this.#jobs.slice(-1)
    if (name === '-') return this.#jobs.slice(-2).slice(0, 1)
    if (/^\d+$/.test(name)) return this.#jobs.filter(({ number }) => number === Number(name))
    const isMeant = (command: string) => (name.startsWith('?') ? command.includes(name.slice(1)) : command.startsWith(name))
    return this.#jobs.filter((job) => isMeant(job.text))
  }

  /** `+` for the job that is meant when none is named, which was started last, and `-` for the one before it. */
  markOf(job: Job): string {
    return { [-1]: '+', [-2]: '-' }[this.#jobs.indexOf(job) - this.#jobs.length] ?? ' '
  }

  /** The status of a process that has ended and whose job is forgotten. */
  statusOf(id: number): number | undefined {
    return this.#statuses.get(id)
  }

  /** Forgets a job that has ended. */
  forget(job: Job): void {
    this.#jobs = this.#jobs.filter((it) => it !== job)
    for (const { id, exit } of job.processes) if (exit !== undefined) this.#statuses.set(id, exit.status)
  }
}

/** Whether any process of a job is running, as far as is known. */
export function isRunning({ processes }: Job): boolean {
  return processes.some(({ exit }) => exit === undefined)
}
