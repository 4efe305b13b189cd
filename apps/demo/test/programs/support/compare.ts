import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createHostTree, hostKinds } from '@ht/file/host'
import { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, S_IFLNK, S_IFMT, S_IFREG } from '@ht/core'
import { createKernel, type Program } from '@ht/kernel'
import { createPipe, pipeKind } from '@ht/pipe'
import { expect } from 'vitest'
import { toText } from '../../../src/libc/byte-string.js'
import { programs } from '../../../src/programs/index.js'

/** How a tool is called. All strings are byte strings. */
export interface Call {
  readonly args: readonly string[]
  /** What standard input gives: ours through a stream; theirs from a file, which is faster, or through a pipe. */
  readonly input?: string
  readonly piped?: boolean
  /** A file that is standard input instead, or `closed`. */
  readonly from?: string
  /** What standard output is instead of a pipe: a path, or `closed`. */
  readonly to?: string
  readonly env?: Readonly<Record<string, string>>
  /**
   * Files in the working directory, before: their contents by their names. A name that ends in / is a directory, in * a
   * file that may be executed, in @ a symbolic link, whose content is where it leads.
   */
  readonly files?: Readonly<Record<string, string>>
  /** When files were changed, in seconds since 1970; all others at one time in 2001. */
  readonly times?: Readonly<Record<string, number>>
  /** Whether files may be changed: the call has a working directory of its own then. */
  readonly changes?: boolean
  /** Whether times of access are compared as well. */
  readonly accessed?: boolean
}

/** What came of a call. */
export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** All files in the working directory afterwards, if they may have been changed. */
  readonly files: Readonly<Record<string, unknown>> | undefined
}

const LONG_AGO = 1_000_000_000
const ENV: Readonly<Record<string, string>> = { LC_ALL: 'C', TZ: 'UTC' }
process.env['TZ'] = 'UTC'

/** Whether the system has a tool, of the GNU's kind. */
export function hasTool(tool: string): boolean {
  const { stdout, error } = spawnSync(tool, ['--version'], { encoding: 'latin1' })
  return error === undefined && stdout.includes('Free Software')
}

/** Calls of one tool, of ours and of the system's, on the same files. */
export class Comparison {
  readonly #tool: string
  readonly #calls: readonly Call[]
  readonly #top = mkdtempSync(join(tmpdir(), 'programs-'))
  readonly #kernel = createKernel({
    kinds: [pipeKind, ...hostKinds],
    root: createHostTree('/').root(),
    pipe: createPipe,
  })
  /** Working directories of calls that change nothing, by their files. */
  readonly #shared = new Map<unknown, string>()

  constructor(tool: string, calls: readonly Call[]) {
    this.#tool = tool
    this.#calls = calls
  }

  /** Removes everything. */
  close(): void {
    this.#kernel.close()
    rmSync(this.#top, { recursive: true })
  }

  /** What comes of a call of ours. */
  async ours(number: number): Promise<Outcome> {
    const call = this.#calls[number]!
    const { args, input = '', from, to, env = {} } = call
    const folder = this.#folderOf(call)
    // The handles are put in place first, as a shell does it.
    const launcher: Program = async (task) => {
      if (from === 'closed') task.close(0)
      else if (from !== undefined) redirect(from, O_RDONLY, 0)
      if (to === 'closed') task.close(1)
      else if (to !== undefined) redirect(to, O_WRONLY | O_CREAT | O_TRUNC, 1)
      return task.exec(programs[this.#tool]!, { args: args.map(toText), name: this.#tool })

      function redirect(path: string, flags: number, handle: number): void {
        const file = task.open(path, flags)
        task.dup2(file, handle)
        task.close(file)
      }
    }
    const options = { input: Buffer.from(input, 'latin1'), cwd: folder, env: { ...ENV, ...env }, timeoutMs: 600_000 }
    const { status, stdout, stderr, error } = await this.#kernel.run(launcher, options)
    expect(error).toBeUndefined()
    expect(this.#kernel.tasks()).toEqual([])
    return { status, stdout: latin1(stdout), stderr: latin1(stderr), files: filesAfter(call, folder) }
  }

  /** What comes of all calls of the system's, which one shell makes, since to start a process from here is slow. */
  theirs(): Outcome[] {
    const folders = this.#calls.map((call) => this.#folderOf(call))
    const inputs = new Map<string, string>()
    const lines = this.#calls.map((call, i) => {
      const { args, input = '', piped = false, from, to, env = {} } = call
      if (!inputs.has(input)) {
        inputs.set(input, this.#result(inputs.size, 'in'))
        writeFileSync(inputs.get(input)!, input, 'latin1')
      }
      const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}; `)
      // bash's own echo, and all others' files.
      const command = `${this.#tool === 'echo' ? '' : 'exec '}${[this.#tool, ...args].map(quoted).join(' ')}`
      const stdin = from === 'closed' ? '<&-' : from !== undefined ? `< ${quoted(from)}` : piped ? '' : `< ${inputs.get(input)!}`
      const stdout = to === undefined ? '' : to === 'closed' ? '>&-' : `> ${quoted(to)}`
      const run = `(cd ${folders[i]!}; ${exports.join('')}${command} 2> ${this.#result(i, 'err')} ${stdin} ${stdout}) > ${this.#result(i, 'out')}`
      return `${piped ? `cat ${inputs.get(input)!} | ` : ''}${run}\necho $? >&3\n`
    })
    const script = join(this.#top, 'script')
    const statuses = join(this.#top, 'statuses')
    writeFileSync(script, `exec 3> ${statuses}\n${lines.join('')}`, 'latin1')
    const { error } = spawnSync('bash', ['--norc', script], {
      env: { ...process.env, ...ENV },
      stdio: 'ignore',
      timeout: 600_000,
    })
    if (error !== undefined) throw error
    const status = readFileSync(statuses, 'latin1').split('\n')
    return this.#calls.map((call, i) => ({
      status: Number(status[i]),
      stdout: readFileSync(this.#result(i, 'out'), 'latin1'),
      stderr: readFileSync(this.#result(i, 'err'), 'latin1').replace(/^\/\S*: line \d+: (?=echo: )/, ''),
      files: filesAfter(call, folders[i]!),
    }))
  }

  #result(call: number, kind: string): string {
    return join(this.#top, `${call}.${kind}`)
  }

  #folderOf(call: Call): string {
    if (changes(call)) return folderFor(this.#top, call)
    let folder = this.#shared.get(call.files)
    if (folder === undefined) this.#shared.set(call.files, (folder = folderFor(this.#top, call)))
    return folder
  }
}

/** The calls for which something else came of ours than of theirs. */
export async function differences(
  tool: string,
  calls: readonly Call[],
): Promise<{ call: Call; ours: Outcome; theirs: Outcome }[]> {
  const comparison = new Comparison(tool, calls)
  try {
    const found = []
    for (const [i, theirs] of comparison.theirs().entries()) {
      const ours = await comparison.ours(i)
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) found.push({ call: calls[i]!, ours, theirs })
    }
    return found
  } finally {
    comparison.close()
  }
}

function changes({ changes = false, to = '/' }: Call): boolean {
  return changes || !(to.startsWith('/') || to === 'closed')
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

function folderFor(top: string, { files = {}, times = {} }: Call): string {
  const folder = mkdtempSync(join(top, 'files-'))
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name.replace(/[/*@]$/, ''))
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (name.endsWith('@')) symlinkSync(content, path)
    else if (!name.endsWith('/')) writeFileSync(path, content, { encoding: 'latin1', mode: name.endsWith('*') ? 0o755 : 0o644 })
  }
  for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    const time = times[name] ?? LONG_AGO
    lutimesSync(join(folder, name), time, time)
  }
  return folder
}

/** All that is in a folder, and how it is: what there is to know of each file, and its names by the file that they name. */
function filesAfter(call: Call, folder: string): Outcome['files'] {
  if (!changes(call)) return undefined
  const files: Record<string, unknown> = {}
  const names = new Map<number, string>()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name)
    const { mode, nlink, ino, mtimeMs, atimeMs, ...stat } = lstatSync(path)
    const isFile = (mode & S_IFMT) === S_IFREG
    const isLink = (mode & S_IFMT) === S_IFLNK
    const same = isFile || isLink ? names.get(ino) : undefined
    names.set(ino, name)
    files[name] = {
      mode: mode.toString(8),
      modified: timeOf(mtimeMs),
      ...(call.accessed === true && { accessed: timeOf(atimeMs) }),
      ...(same !== undefined && { same }),
      ...(isFile && { size: stat.size, links: nlink, content: readFileSync(path, 'latin1') }),
      ...(isLink && { target: readlinkSync(path, 'latin1') }),
    }
  }
  return files
}

/** A time in seconds, or that it was just now, whatever the time was. */
function timeOf(ms: number): number | string {
  return Math.abs(Date.now() - ms) < 3_600_000 ? 'now' : Math.floor(ms / 1000)
}
