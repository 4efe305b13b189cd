import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LIMIT, TASKS, type Answer, type Program, type Reach } from './program.js'

/** Why the machine cannot be the referee; undefined where it can. */
export function whyNotHere(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the referee is Linux on x86-64'
  const python = spawnSync('python3', ['-c', 'import os; os.pidfd_open; os.close(os.pidfd_open(os.getpid()))'])
  return python.status === 0 ? undefined : 'the referee needs python3 (3.9 or newer)'
}

/** The machine's Linux, which carries out programs in processes of its own. */
export class Linux {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  private constructor(folder: string) {
    const script = fileURLToPath(new URL('./linux.py', import.meta.url))
    this.#process = spawn('python3', [script, String(LIMIT), folder, String(TASKS)])
    this.#process.stderr.pipe(process.stderr)
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** Starts it; it works in a folder of the host that is empty. */
  static async start(folder: string): Promise<{ linux: Linux; reach: Reach }> {
    const linux = new Linux(folder)
    return { linux, reach: (await linux.#answer()) as Reach }
  }

  /** Carries out some programs, one after the other: the answers of each. */
  async run(programs: readonly Program[]): Promise<Answer[][]> {
    this.#process.stdin.write(`${JSON.stringify(programs)}\n`)
    return (await this.#answer()) as Answer[][]
  }

  end(): void {
    this.#process.stdin.end()
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next()
    if (line.done === true) throw new Error('the referee has ended; what it said is above')
    return JSON.parse(line.value)
  }
}
