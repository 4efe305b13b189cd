import { toText } from '../../libc/byte-string.js'
import { defineCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { quotedAlways } from '../quote.js'

/** Removes empty directories (rmdir(1)). */
export const rmdir = defineCommand({
  name: 'rmdir',
  usage: '[OPTION]... DIRECTORY...',
  help: `Removes each DIRECTORY, if it is empty.
  -p, --parents  and those above that its path names, which are empty then
  -v, --verbose  say which are removed
`,
  async run(command) {
    const { task, options, operands, out } = command
    if (operands.length === 0) throw new UsageError('missing operand')
    let good = true
    for (const path of operands) {
      let at: string | undefined = path
      while (at !== undefined) {
        const directory: string = at
        if (options.has('verbose')) out.put(`rmdir: removing directory, ${quotedAlways(directory)}\n`)
        const removed = await command.attempt(`failed to remove ${quotedAlways(directory)}`, () => task.rmdir(toText(directory)))
        good = removed && good
        at = removed && options.has('parents') ? above(directory) : undefined
      }
    }
    return good ? 0 : 1
  },
})

/** The path of the directory that a path is in; undefined if it names none. */
function above(path: string): string | undefined {
  return /^([^]*[^/])\/+[^/]+\/*$/.exec(path)?.[1]
}
