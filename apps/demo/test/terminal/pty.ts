import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { htsh } from '../htsh.js'

/** Whether there is script(1) of util-linux, which runs a program on a terminal of its own. */
export const hasPty = String(spawnSync('script', ['--version']).stdout).includes('util-linux')

interface SessionOptions {
  readonly args?: readonly string[]
  readonly node?: readonly string[]
  readonly behind?: string
  readonly home?: string
  readonly showPid?: boolean
}

/** A shell on a terminal of its own, with a user who types and reads. */
export class Session {
  /** An empty folder: its home, and where it begins. */
  readonly home = mkdtempSync(join(tmpdir(), 'htsh-'))
  /** Its status, when it has ended. */
  readonly ended: Promise<number | null>
  readonly #child: ChildProcessWithoutNullStreams
  #seen = ''
  #gone = false
  #looked = () => {}

  /**
   * `node` are options of Node's; `behind` are commands of the system's shell that run on the same terminal when this
   * one has ended. With `showPid`, the screen begins with the process's number.
   */
  constructor({ args = ['-i'], node = [], behind = '', home, showPid = false }: SessionOptions = {}) {
    if (home !== undefined) {
      rmSync(this.home, { recursive: true })
      this.home = home
    }
    const [program = '', ...rest] = htsh
    const show = showPid ? ['sh', '-c', 'echo pid $$; exec "$0" "$@"'] : []
    const line = [...show, program, ...node, ...rest, ...args].map((word) => `'${word}'`).join(' ')
    this.#child = spawn('script', ['-qefc', `${line}${behind}`, '/dev/null'], {
      cwd: this.home,
      env: { ...process.env, HOME: this.home, INIT_CWD: this.home, TERM: 'xterm', SHELL: '/bin/sh' },
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#seen += text
      this.#looked()
    })
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (status) => {
        this.#gone = true
        resolve(status)
        this.#looked()
      })
    })
  }

  type(keys: string): void {
    this.#child.stdin.write(keys)
  }

  /** Waits until the screen shows this, behind what was waited for before; gives all that was shown on the way. */
  async until(text: string | RegExp): Promise<string> {
    for (;;) {
      const end = endOf(this.#seen, text)
      if (end !== undefined) {
        const shown = this.#seen.slice(0, end)
        this.#seen = this.#seen.slice(end)
        return shown
      }
      if (this.#gone) throw new Error(`ended without ${String(text)}; on the screen: ${JSON.stringify(this.#seen)}`)
      await new Promise<void>((resolve) => (this.#looked = resolve))
    }
  }

  /** The shell's process, of a session with `showPid`. */
  async pid(): Promise<number> {
    await this.until('pid ')
    return Number.parseInt(await this.until('\n'))
  }

  /** Types a line and waits for the next prompt; gives what was shown between. */
  async run(line: string): Promise<string> {
    this.type(`${line}\r`)
    return this.until(PROMPT)
  }

  /** Closes the window: the terminal goes, and its processes stay. */
  closeWindow(): void {
    this.#child.kill('SIGKILL')
  }

  /** Ends what still runs, and removes the home. */
  close(): void {
    this.#child.kill('SIGKILL')
    rmSync(this.home, { recursive: true, force: true })
  }
}

/** What a prompt at home ends with. */
export const PROMPT = '~ $ '

/** Where the first occurrence of a text ends. */
function endOf(screen: string, text: string | RegExp): number | undefined {
  const at = typeof text === 'string' ? screen.indexOf(text) : screen.search(text)
  const found = typeof text === 'string' ? text : (text.exec(screen)?.[0] ?? '')
  return at < 0 ? undefined : at + found.length
}
