import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { O_RDONLY } from '@ht/core'
import { trackLeaks } from '@ht/core/debug'
import { createHostTree } from '@ht/file/host'
import { createKernel, type Kernel, type Task } from '@ht/kernel'
import { formatLsof } from '@ht/kernel/format'
import { createSink } from '@ht/kernel/stdio'
import { createPipe, pipeKind } from '@ht/pipe'
import { programs } from '../../src/programs/index.js'
import { Shell, type ShellOptions } from '../../src/shell/index.js'
import { filesIn, fill, withoutFolder, type Outcome, type Scene } from './scene.js'

/** What came of a line in our own shell, and what it has left behind: nothing, if all is well. */
export interface OwnOutcome extends Outcome {
  readonly leaks: readonly string[]
}

/** A line that has not ended by then is ended. */
const SECONDS = 600

/** The number of machines made before, in six digits. */
let machines = 500_000

/** A kernel with the host's files, whose tasks begin in a folder that is made for it below `base`. */
function createMachine(
  base: string,
  threaded: Kernel | undefined,
): { kernel: Kernel; folder: string; work: string; close(): void } {
  // Lines see its name: as long as those for the system's shell, and without letters that they may look for.
  const folder = join(base, `s${++machines}`)
  const work = join(folder, 'work')
  mkdirSync(work, { recursive: true })
  const tree = createHostTree('/')
  const kernel = threaded ?? createKernel({ kinds: [pipeKind, ...tree.kinds], root: tree.root(), pipe: createPipe })
  return {
    kernel,
    folder,
    work,
    close() {
      if (threaded === undefined) kernel.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** How a line is run. */
export interface RunOptions extends Partial<ShellOptions> {
  readonly environment?: Readonly<Record<string, string>>
  /** The kernel that runs it, for several lines; one of its own if omitted. */
  readonly kernel?: Kernel | undefined
  /** Is called when the shell is about to run it, and may end it. */
  readonly meanwhile?: (shell: Shell, task: Task) => void
}

/** Runs a scene's line in our own shell. */
export async function runByOwn(base: string, scene: Scene, options: RunOptions = {}): Promise<OwnOutcome> {
  const { environment = {}, meanwhile, kernel: threaded, ...rest } = options
  const machine = createMachine(base, threaded)
  const { kernel, folder, work } = machine
  // To find out where each reference was made would take most of the time.
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = String
  const tracker = trackLeaks()
  try {
    fill(work, scene)
    writeFileSync(join(folder, 'stdin'), scene.stdin ?? '', 'latin1')
    const output = { stdout: '', stderr: '' }
    const sink = (name: keyof typeof output) =>
      createSink((bytes) => {
        output[name] += Buffer.from(bytes).toString('latin1')
      })
    const leaks: string[] = []
    const task = kernel.spawn(
      async (self) => {
        // A file, so that a program leaves to the next what it has not used. It is the lowest number.
        self.open(join(folder, 'stdin'), O_RDONLY)
        const shell = new Shell(self, { programs, interactive: false, isArgument: true, ...rest })
        const before = openIn(kernel, self)
        meanwhile?.(shell, self)
        const status = await shell.run(scene.line)
        // Jobs in the background go on; what they have open is theirs.
        for (const other of kernel.tasks()) if (other !== self) await other.exited
        shell.notices()
        leaks.push(...difference(before, openIn(kernel, self)))
        for (const other of kernel.tasks()) if (other !== self) leaks.push(`task ${other.id} (${other.name}) is left`)
        return status
      },
      {
        env: environment,
        cwd: work,
        stdout: sink('stdout'),
        stderr: sink('stderr'),
      },
    )
    const timer = setTimeout(() => {
      leaks.push(`it did not end within ${SECONDS} s; there was\n${formatLsof(kernel.lsof())}`)
      for (const other of kernel.tasks()) other.killErrno(other.id, 'KILL')
    }, SECONDS * 1000)
    const { status, error } = await task.exited
    // Where the shell was killed, what it has started comes to its end by itself; and calls that were ended have settled.
    for (let left; (left = kernel.tasks()).length > 0;) await Promise.all(left.map((other) => other.exited))
    await new Promise((resolve) => setImmediate(resolve))
    clearTimeout(timer)
    if (error !== undefined) leaks.push(`the shell has thrown ${inspect(error)}`)
    for (const { text } of tracker.leaks()) leaks.push(text)
    return { ...withoutFolder({ status, ...output, files: filesIn(work) }, folder), leaks }
  } finally {
    tracker.stop()
    Error.prepareStackTrace = prepareStackTrace
    machine.close()
  }
}

/** What a task has open: each handle, what it leads to, and who else does. */
function openIn(kernel: Kernel, task: Task): string[] {
  const handles = kernel.lsof().find((it) => it.task === task.id)?.handles ?? []
  return handles.map(
    ({ handle, object, kind, flags, holders, references }) =>
      `${handle} ${kind} ${object} ${flags.join()} ${holders} ${references}`,
  )
}

function difference(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `not open as before: ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `open and was not before: ${line}`),
  ]
}
