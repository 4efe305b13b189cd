import { defineCommand } from './command.js'
import { UsageError } from './failure.js'
import { parseReal } from './number.js'
import { quotedArgument } from './quote.js'
import type { Task } from '@ht/kernel'

/** Waits (sleep(1)). */
export const sleep = defineCommand({
  name: 'sleep',
  usage: 'NUMBER[SUFFIX]...',
  help: 'Waits for so many seconds, or minutes (m), hours (h), days (d); for the sum of several. NUMBER may have a fraction.\n',
  options: {},
  async run(command) {
    if (command.operands.length === 0) throw new UsageError('missing operand')
    let [seconds, good] = [0, true]
    for (const operand of command.operands) {
      const duration = parseDuration(operand)
      if (duration === undefined) await command.complain(`invalid time interval ${quotedArgument(operand)}`)
      if (duration === undefined) good = false
      else seconds += duration
    }
    if (!good) throw new UsageError('')
    await pause(command.task, seconds * 1000)
    return 0
  },
})

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
/** The longest that a timer can wait. */
const LONGEST_MS = 0x7fffffff

function parseDuration(text: string): number | undefined {
  const unit = UNITS[text.at(-1) ?? '']
  // A letter may also be the number's own: `inf` ends in none of these, and 0xd is 13.
  const number = parseReal(text) ?? (unit === undefined ? undefined : parseReal(text.slice(0, -1)))
  if (number === undefined || !(number >= 0)) return undefined
  return parseReal(text) === undefined ? number * unit! : number
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
