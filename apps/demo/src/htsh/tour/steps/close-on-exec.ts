import { O_CLOEXEC, O_RDONLY } from '@ht/core'
import { play } from './play.js'
import type { Print } from '../first-minute.js'

/** Handles that another program is not to have. */
export function closeOnExec(line: Print): Promise<void> {
  return play(
    line,
    'close-on-exec: another program in this task’s place does not get what was marked',
    ({ draw }) =>
      async (task) => {
        task.open('notes.txt', O_RDONLY)
        task.open('notes.txt', O_RDONLY | O_CLOEXEC)
        draw()
        await task.exec(
          () => {
            draw()
            return 0
          },
          { name: 'next' },
        )
      },
    { trace: ['open', 'exec'] },
  )
}
