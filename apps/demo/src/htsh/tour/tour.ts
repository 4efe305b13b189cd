import { print } from './words.js'
import { steps } from './steps/index.js'
import type { Program, Task } from '@ht/kernel'

/** The steps of the tour, one at each Enter, until `q` or the end of its input. */
export const tour: Program = async (task) => {
  for (const [i, step] of steps.entries()) {
    await print(task, 1, `[${String(i + 1)}/${String(steps.length)}] Enter goes on, q ends: `)
    const answer = await readLine(task)
    if (answer === undefined || answer.trim().toLowerCase() === 'q') return
    const lines: string[] = []
    await step((line) => lines.push(line))
    await print(task, 1, `${lines.join('\n')}\n`)
  }
}

/** A line of standard input; undefined at its end. */
async function readLine(task: Task): Promise<string | undefined> {
  const byte = new Uint8Array(1)
  let line = ''
  while ((await task.readAsync(0, byte)) > 0) {
    const character = String.fromCharCode(byte[0]!)
    if (character === '\n') return line
    line += character
  }
  return undefined
}
