import { parseArgs, type ParseArgsConfig } from 'node:util'

/** What a command line asks for. */
export interface CommandLine {
  /**
   * Where the commands come from: the first positional argument itself, or the file that it names; standard input;
   * the user at a prompt, after the first screen or not. `tour`, `help` and `version` only print.
   */
  readonly from: 'argument' | 'file' | 'input' | 'prompt' | 'welcome' | 'tour' | 'help' | 'version'
  /** That argument; else empty. */
  readonly source: string
  /** What the shell is called: its `$0`, unless it runs a file. */
  readonly name: string
  /** Its `$1` and so on. */
  readonly args: readonly string[]
  /** The host's folder that becomes its root. */
  readonly root: string | undefined
  /** Whether its files are in memory. */
  readonly memory: boolean
  /** Whether each system call is printed. */
  readonly trace: boolean
  /** Whether each program runs in a worker. */
  readonly threads: boolean
}

/** A command line that means nothing; the message says why. */
export class UsageError extends Error {}

export const SHELL_NAME = 'htsh'

export const USAGE = `Usage: ${SHELL_NAME} [options]                        first screen and prompt; all of the tour without a terminal
       ${SHELL_NAME} [options] -c LINE [NAME [ARG...]]    runs a line
       ${SHELL_NAME} [options] FILE [ARG...]              runs a script
       ${SHELL_NAME} [options] -s [ARG...]                runs what standard input says

  -i, --interactive   prompts, without the first screen
      --root DIR      confines it to a folder: paths begin there
      --memory        gives it files in memory, and none of the machine's
      --threads       runs each program in a worker thread
      --trace         prints each system call to standard error
  -h, --help          prints this
      --version       prints the version
`

const options = {
  command: { type: 'boolean', short: 'c' },
  stdin: { type: 'boolean', short: 's' },
  interactive: { type: 'boolean', short: 'i' },
  root: { type: 'string' },
  memory: { type: 'boolean' },
  threads: { type: 'boolean' },
  trace: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} satisfies ParseArgsConfig['options']

/**
 * Reads a command line as sh(1) does: options end where the first argument stands that is none, and what follows is
 * the script's. `isTerminal` says whether input and output are one.
 *
 * @throws UsageError
 */
export function readCommandLine(argv: readonly string[], isTerminal: boolean): CommandLine {
  const { own, rest } = split(argv)
  const { values } = parse(own)
  if (values.root !== undefined && values.memory === true) throw new UsageError('--root and --memory exclude each other')
  const common = {
    root: values.root,
    memory: values.memory === true,
    trace: values.trace === true,
    threads: values.threads === true,
  }
  const called = (from: CommandLine['from'], name = SHELL_NAME, args = rest, source = ''): CommandLine => ({
    from,
    source,
    name,
    args,
    ...common,
  })
  if (values.help === true) return called('help')
  if (values.version === true) return called('version')
  const [first, second, ...others] = rest
  if (values.command === true) {
    if (first === undefined) throw new UsageError('-c: option requires an argument')
    return called('argument', second, others, first)
  }
  if (values.stdin !== true && first !== undefined) return called('file', SHELL_NAME, rest.slice(1), first)
  if (values.interactive === true) return called('prompt')
  if (argv.length === 0) return called(isTerminal ? 'welcome' : 'tour')
  return called(isTerminal ? 'prompt' : 'input')
}

/** The shell's own options, and what follows them. */
function split(argv: readonly string[]): { own: string[]; rest: string[] } {
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const end = tokens.find(({ kind }) => kind !== 'option')
  if (end === undefined) return { own: [...argv], rest: [] }
  // A lone dash ends the options as well (sh(1)).
  const isMark = end.kind === 'option-terminator' || argv[end.index] === '-'
  return { own: argv.slice(0, end.index), rest: argv.slice(end.index + (isMark ? 1 : 0)) }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options })
  } catch (error) {
    // What comes after the first sentence is about positional arguments.
    throw new UsageError((error as Error).message.split(/\. |\n/, 1)[0])
  }
}
