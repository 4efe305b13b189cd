import { parseReal } from '../libc/real.js'
import { defineCommand } from './command.js'
import { UsageError } from './failure.js'
import { quotedArgument } from './quote.js'
import type { Task } from '@ht/kernel'

/** Waits (sleep(1)). */
export const sleep = defineCommand({
  name: 'sleep',
  usage: 'NUMBER[SUFFIX]...',
  help: 'Waits for NUMBER seconds, or minutes (m), hours (h), days (d); for the sum of several. NUMBER may have a fraction.\n',
  async run({ task, operands }) {
    if (operands.length === 0) throw new UsageError('missing operand')
    await pause(
      task,
      operands.map(millisecondsOf).reduce((sum, it) => sum + it),
    )
    return 0
  },
})

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
/** The longest that a timer can wait. */
const LONGEST_MS = 0x7fffffff

/** @throws UsageError */
function millisecondsOf(text: string): number {
  const unit = UNITS[text.at(-1) ?? '']
  const number = parseReal(unit === undefined ? text : text.slice(0, -1))
  if (number === undefined || !(number >= 0)) throw new UsageError(`invalid time interval ${quotedArgument(text)}`)
  return number * (unit ?? 1) * 1000
}

/** Waits, unless the task ends before. */
async function pause(task: Task, ms: number): Promise<void> {
  const { signal } = task
  for (let left = ms; left > 0 && !signal.aborted; left -= LONGEST_MS) {
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.min(left, LONGEST_MS))
      signal.addEventListener('abort', end)
    })
  }
}
