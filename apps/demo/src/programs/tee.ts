import { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } from '@ht/core'
import { toText } from '../libc/byte-string.js'
import { strerror } from '../libc/strerror.js'
import { defineCommand } from './command.js'
import { Output, WriteError } from './output.js'
import { quoted } from './quote.js'

/** Copies standard input to standard output and to files (tee(1)). */
export const tee = defineCommand({
  name: 'tee',
  usage: '[OPTION]... [FILE]...',
  help: `Copies standard input to each FILE, and to standard output.
  -a, --append             append to the FILEs
  -i, --ignore-interrupts  ignore SIGINT
`,
  closedInput: 'standard input',
  async run(command) {
    const { task, options, operands } = command
    if (options.has('ignore-interrupts')) task.onSignal('INT', 'ignore')
    let good = true
    const outputs = new Map([[new Output(task, 1), 'standard output']])
    for (const path of operands) {
      // They are closed when the program ends, which is when it has copied everything.
      const open = () => task.open(toText(path), O_WRONLY | O_CREAT | (options.has('append') ? O_APPEND : O_TRUNC))
      good = (await command.attempt(quoted(path), () => outputs.set(new Output(task, open()), path))) && good
    }
    const read = await command.attempt('read error', async () => {
      for await (const piece of command.open('-').pieces()) {
        for (const [output, name] of outputs) {
          try {
            await output.write(piece)
          } catch (error) {
            if (!(error instanceof WriteError)) throw error
            outputs.delete(output)
            good = await command.fail(`${quoted(name)}: ${strerror(error.cause)}`)
          }
        }
        if (outputs.size === 0) return
      }
    })
    return good && read ? 0 : 1
  },
})
