import { formatLsof } from '@ht/kernel/format'
import { fromText } from '../libc/byte-string.js'
import { defineCommand } from './command.js'
import { Failure } from './failure.js'
import { quotedArgument } from './quote.js'

/** Lists what tasks have open. */
export const lsof = defineCommand({
  name: 'lsof',
  usage: '[-p TASK[,TASK]...]',
  help: `Lists the open handles of all tasks.
  -p TASK[,TASK]...  only of these
`,
  options: { p: 'p:' },
  run(command) {
    let wanted: Set<number> | undefined
    for (const { value } of command.options) {
      for (const id of value.split(',')) {
        if (!/^\d+$/.test(id)) throw new Failure(`illegal task number: ${quotedArgument(id)}`)
        ;(wanted ??= new Set()).add(Number(id))
      }
    }
    const [unknown] = command.operands
    if (unknown !== undefined) throw new Failure(`unexpected operand: ${quotedArgument(unknown)}`)
    const tasks = command.task.kernel.lsof().filter(({ task }) => wanted?.has(task) !== false)
    const shown = wanted === undefined || tasks.length > 0
    if (shown) command.out.put(`${fromText(formatLsof(tasks))}\n`)
    return shown ? 0 : 1
  },
})
