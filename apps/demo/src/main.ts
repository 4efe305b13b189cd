/**
 * htsh, a shell on the kernel, which `npm start` runs: its command line says what. Without arguments it shows the
 * first screen and prompts; where there is no terminal it prints all of the tour instead.
 */
import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'
import { stdioKind, type Exit } from '@ht/kernel'
import { readCommandLine, SHELL_NAME, USAGE, UsageError, type CommandLine } from './htsh/command-line.js'
import { createMachine, type Machine, type ShellThreads } from './htsh/machine.js'
import { helpOf, programs } from './programs/index.js'
import { strerror } from './libc/strerror.js'

process.exitCode = await main()

async function main(): Promise<number> {
  // The reader may have gone: `npm start | head -3`. Writes fail by themselves then.
  process.stdout.on('error', ignore)
  process.stderr.on('error', ignore)
  try {
    const line = readCommandLine(process.argv.slice(2), isatty(0) && isatty(1))
    if (line.from === 'help') process.stdout.write(USAGE)
    else if (line.from === 'version') console.log(`${SHELL_NAME}, @ht/kernel ${stdioKind.version}`)
    else if (line.from === 'tour') return await showTour()
    else return await runShell(line)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${SHELL_NAME}: ${error.message}\nTry '${SHELL_NAME} --help' for more information.`)
    return 2
  }
}

async function showTour(): Promise<number> {
  const { steps } = await import('./htsh/tour/steps/index.js')
  const status = await welcome()
  if (status === 0) for (const step of steps) await step(console.log)
  return status
}

/** Prints the first screen. */
async function welcome(hint?: string): Promise<number> {
  const { firstMinute } = await import('./htsh/tour/first-minute.js')
  const readme = fileURLToPath(new URL('../../../README.md', import.meta.url))
  const program = readFileSync(new URL('../tour/ends-of-a-pipe.js', import.meta.url), 'utf8')
  const status = await firstMinute([readme], program, console.log)
  if (hint !== undefined) console.log(hint)
  return status
}

async function runShell(line: CommandLine): Promise<number> {
  // Threads are loaded only if they are used.
  const inThreads = line.threads ? await import('./htsh/threads/threads.js') : undefined
  const machine = machineFor(line, inThreads?.createShellThreads())
  const found = inThreads?.inWorkers(programs) ?? programs
  const { from, name, args } = line
  let exit: Exit
  if (from === 'prompt' || from === 'welcome') {
    const [{ promptUser }, { tour }] = await Promise.all([import('./htsh/terminal/prompt.js'), import('./htsh/tour/tour.js')])
    if (from === 'welcome') await welcome(`This is ${SHELL_NAME}: try ls | grep -i md; help and tour tell more, Ctrl-D leaves.`)
    exit = await promptUser(machine, { programs: { ...found, tour }, help, name, args })
  } else {
    const { runBatch } = await import('./htsh/batch.js')
    exit = await runBatch(machine, line, found)
  }
  machine.kernel.close()
  if (exit.error !== undefined) throw exit.error as Error
  return exit.status
}

function help(program: string): string | undefined {
  return program === 'tour' ? 'Usage: tour\nShows what else a table does, step by step.\n' : helpOf(program)
}

/** @throws UsageError when its root cannot be opened */
function machineFor({ root, memory, trace }: CommandLine, threads: ShellThreads | undefined): Machine {
  // npm runs scripts in the root of the project; what a person types is relative to where they are.
  const cwd = process.env['INIT_CWD'] ?? process.cwd()
  const print = (line: string) => void process.stderr.write(`${line}\n`)
  try {
    return createMachine({ root, memory, cwd, env: process.env, threads, trace: trace ? print : undefined })
  } catch (error) {
    if (root === undefined) throw error
    throw new UsageError(`--root: ${root}: ${strerror(error)}`)
  }
}

function ignore(): void {
  // The writes report it.
}
