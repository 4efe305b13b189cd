import { O_CREAT, O_WRONLY } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand, type Command } from '../command.js'
import { Failure } from '../failure.js'
import { Output, WriteError } from '../output.js'
import { quoted, quotedArgument } from '../quote.js'
import { strerror } from '../../libc/strerror.js'
import { HELP, OPTIONS, readSettings, type Settings } from './options.js'
import { Sorter, type Line } from './sorter.js'

/** Writes lines in order (sort(1)). */
export const sort = defineCommand({
  name: 'sort',
  usage: '[OPTION]... [FILE]...',
  help: HELP,
  options: OPTIONS,
  trouble: 2,
  async run(command) {
    const settings = readSettings(command)
    const paths = command.operands.length > 0 ? command.operands : ['-']
    const sorter = new Sorter(settings)
    if (settings.check !== undefined) {
      if (paths.length > 1)
        throw new Failure(
          `extra operand ${quotedArgument(paths[1]!)} not allowed with -${settings.check === 'quiet' ? 'C' : 'c'}`,
        )
      return check(command, settings, sorter, paths[0]!)
    }
    checkInputs(command, paths)
    const output = settings.output === undefined ? undefined : openOutput(command, settings.output)

    const files: Line[][] = []
    for (const path of paths) files.push(sorter.read(await linesOf(command, path, settings, 'cannot read')))
    const sorted = settings.merge ? sorter.merge(files) : sorter.sort(files.flat())

    const out = output === undefined ? command.out : new Output(command.task, output)
    try {
      // Not before now: it may be one of the files that were read. What is no file has no length.
      if (output !== undefined) command.task.ftruncateErrno(output, 0)
      for (const { text } of sorted) {
        out.put(text + settings.delimiter)
        if (out.isFull) await out.flush()
      }
      await out.flush()
    } catch (error) {
      if (!(error instanceof WriteError)) throw error
      const size = sorted.reduce((sum, { text }) => sum + text.length + 1, 0)
      const name = quoted(settings.output ?? 'standard output')
      throw new Failure(
        `${size > STDIO_BUFFER ? 'write' : 'fflush'} failed: ${name}: ${strerror(error.cause)}\nsort: write error`,
      )
    } finally {
      if (output !== undefined) command.task.closeErrno(output)
    }
    return 0
  },
})

/** As much is written only at the end, which changes what is said when it cannot be. */
const STDIO_BUFFER = 4096

/** Says whether a file is in order, and reports the first line that is not. */
async function check(
  command: Command<typeof OPTIONS>,
  settings: Settings,
  sorter: Sorter,
  path: string,
): Promise<number> {
  const lines = sorter.read(await linesOf(command, path, settings, 'open failed'))
  for (const [i, line] of lines.entries()) {
    const before = lines[i - 1]
    if (before === undefined) continue
    const difference = sorter.compare(before, line)
    if (settings.unique ? difference < 0 : difference <= 0) continue
    if (settings.check === 'diagnose') await command.complain(`${path}:${i + 1}: disorder: ${line.text}`)
    return 1
  }
  return 0
}

/** That one of several cannot be read is said before any is. */
function checkInputs(command: Pick<Command, 'task' | 'why'>, paths: readonly string[]): void {
  for (const path of paths) {
    try {
      if (path === '-') command.task.fstat(0)
      else command.task.stat(toText(path))
    } catch (error) {
      throw new Failure(`${path === '-' ? 'stat failed' : 'cannot read'}: ${quoted(path)}: ${command.why(error)}`)
    }
  }
}

function openOutput(command: Pick<Command, 'task' | 'why'>, path: string): number {
  try {
    return command.task.open(toText(path), O_WRONLY | O_CREAT)
  } catch (error) {
    throw new Failure(`open failed: ${quoted(path)}: ${command.why(error)}`)
  }
}

async function linesOf(
  command: Pick<Command, 'open' | 'why'>,
  path: string,
  { delimiter }: Settings,
  cannotOpen: string,
): Promise<string[]> {
  let opened = false
  try {
    const input = command.open(path)
    opened = true
    try {
      const lines = (await input.all()).split(delimiter)
      // The last one need not have an end.
      if (lines.at(-1) === '') lines.pop()
      return lines
    } finally {
      input.close()
    }
  } catch (error) {
    throw new Failure(`${opened ? 'read failed' : cannotOpen}: ${quoted(path)}: ${command.why(error)}`)
  }
}
