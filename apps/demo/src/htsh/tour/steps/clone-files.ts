import { O_RDONLY } from '@ht/core'
import { play } from './play.js'
import type { Print } from '../first-minute.js'

/** A shared table: what one task opens, the other has. */
export function cloneFiles(line: Print): Promise<void> {
  return play(
    line,
    'CLONE_FILES shares the table: what one task opens, the other uses and closes',
    ({ draw, say }) =>
      async (task) => {
        const thread = task.clone(
          (other) => {
            other.open('notes.txt', O_RDONLY)
            draw()
            return 0
          },
          { files: true, name: 'thread' },
        )
        await task.wait(thread)
        say(`  the thread has ended, its table has another owner: handle 0 is still open, ${String(task.fstat(0).size)} bytes`)
        task.close(0)
        say(`  closed again: ${String(task.closeErrno(0))} (−EBADF)`)
      },
    { trace: ['open', 'clone', 'close'] },
  )
}
