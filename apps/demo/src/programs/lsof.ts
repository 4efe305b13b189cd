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
  run({ task, options, operands, out }) {
    const ids = options.values('p').flatMap((value) => value.split(','))
    for (const id of ids) if (!/^\d+$/.test(id)) throw new Failure(`illegal task number: ${quotedArgument(id)}`)
    if (operands[0] !== undefined) throw new Failure(`unexpected operand: ${quotedArgument(operands[0])}`)
    const tasks = task.kernel.lsof().filter((it) => ids.length === 0 || ids.map(Number).includes(it.task))
    if (tasks.length === 0) return 1
    out.put(`${fromText(formatLsof(tasks))}\n`)
    return 0
  },
})
