import { fromText } from '../../libc/byte-string.js'
import { defineCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { quoted, quotedAlways } from '../quote.js'
import { lookUp } from './paths.js'
import { remove } from './remove.js'

/** Removes files and directories (rm(1)). */
export const rm = defineCommand({
  name: 'rm',
  usage: '[OPTION]... [FILE]...',
  help: `Removes each FILE.
  -d, --dir      directories as well, if they are empty
  -f, --force    what is not there is no error, and nothing is asked
  -i             ask before each
  -r, -R, --recursive  directories as well, with all that is in them
  -v, --verbose  say what is removed
`,
  options: { dir: 'd', force: 'f', i: 'i', recursive: 'r', R: 'R', verbose: 'v' },
  usageHint(task) {
    // A name that begins with a dash looks like options.
    const file = task.args.find((argument) => /^-./.test(argument) && lookUp(task, fromText(argument), false) !== undefined)
    if (file === undefined) return ''
    const name = fromText(file)
    return `Try 'rm ${quoted(`./${name}`)}' to remove the file ${quotedAlways(name)}.\n`
  },
  async run(command) {
    const manner = { recursive: false, empty: false, force: false, ask: false, verbose: false }
    for (const { name } of command.options) {
      if (name === 'dir') manner.empty = true
      else if (name === 'verbose') manner.verbose = true
      else if (name === 'force' || name === 'i') [manner.force, manner.ask] = [name === 'force', name === 'i']
      else manner.recursive = true
    }
    if (command.operands.length === 0 && !manner.force) throw new UsageError('missing operand')
    let good = true
    for (const path of command.operands) good = (await remove(command, path, manner)) && good
    return good ? 0 : 1
  },
})
