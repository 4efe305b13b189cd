import { O_APPEND, O_CREAT, O_WRONLY } from '@ht/core'
import { print } from '../words.js'
import { play } from './play.js'
import type { Print } from '../first-minute.js'

/** `>> notes.txt 2>&1`: dup2 in a child, which shares the offset. */
export function redirection(line: Print): Promise<void> {
  return play(
    line,
    'a redirection: >> notes.txt 2>&1 is open, dup2, dup2, close; both numbers share one open object',
    ({ draw, say }) =>
      async (task) => {
        const file = task.open('notes.txt', O_WRONLY | O_CREAT | O_APPEND, 0o644)
        task.dup2(file, 1)
        task.dup2(file, 2)
        task.close(file)
        draw()
        await print(task, 1, 'from 1\n')
        await print(task, 2, 'from 2\n')
        say(`  the file has ${String(task.stat('notes.txt').size)} bytes: nothing was written over`)
      },
    { trace: ['open', 'dup2', 'close', 'write'] },
  )
}
