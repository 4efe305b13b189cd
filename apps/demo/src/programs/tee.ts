import { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } from '@ht/core'
import { F_DUPFD } from '@ht/kernel'
import { toText } from '../libc/byte-string.js'
import { defineCommand, type Command } from './command.js'
import { Failure } from './failure.js'
import { Output, WriteError } from './output.js'
import { quoted } from './quote.js'
import { strerror } from '../libc/strerror.js'
import type { Handle } from '@ht/core'
import type { Task } from '@ht/kernel'
import type { Input } from './input.js'

/** Copies standard input to standard output and to files (tee(1)). */
export const tee = defineCommand({
  name: 'tee',
  usage: '[OPTION]... [FILE]...',
  help: `Copies standard input to each FILE, and to standard output.
  -a, --append             append to the FILEs
  -i, --ignore-interrupts  ignore SIGINT
`,
  options: { append: 'a', 'ignore-interrupts': 'i' },
  closedInput: 'standard input',
  async run(command) {
    const { task } = command
    let flags = O_TRUNC
    for (const { name } of command.options) {
      if (name === 'append') flags = O_APPEND
      else task.onSignal('INT', 'ignore')
    }
    let good = true
    const outputs = new Map([['standard output', new Output(task, 1)]])
    for (const path of command.operands) {
      try {
        const handle = openAside(task, toText(path), O_WRONLY | O_CREAT | flags)
        // A name may come twice, and is written to twice.
        outputs.set(`${path}${'\0'.repeat(outputs.size)}`, new Output(task, handle))
      } catch (error) {
        await command.complain(`${quoted(path)}: ${command.why(error)}`)
        good = false
      }
    }
    // All are closed when the program ends, which is when it has copied everything.
    const input = command.open('-')
    for (let piece; (piece = await readOf(command, input)).length > 0;) {
      for (const [name, output] of outputs) {
        try {
          await output.write(piece)
        } catch (error) {
          if (!(error instanceof WriteError)) throw error
          outputs.delete(name)
          await command.complain(`${quoted(name.replace(/\0+$/, ''))}: ${strerror(error.cause)}`)
          good = false
        }
      }
      if (outputs.size === 0) break
    }
    return good ? 0 : 1
  },
})

async function readOf(command: Pick<Command, 'why'>, input: Input): Promise<Uint8Array> {
  try {
    return await input.read()
  } catch (error) {
    throw new Failure(`read error: ${command.why(error)}`)
  }
}

/** Opens a file at a number that is none of the standard ones, one of which may be closed. */
function openAside(task: Task, path: string, flags: number): Handle {
  const handle = task.open(path, flags)
  if (handle > 2) return handle
  try {
    return task.fcntl(handle, F_DUPFD, 3)
  } finally {
    task.close(handle)
  }
}
