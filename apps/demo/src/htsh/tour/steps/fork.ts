import { O_RDONLY } from '@ht/core'
import { play } from './play.js'
import type { Print } from '../first-minute.js'

/** A copied table: numbers apart, open objects and their offsets shared. */
export function fork(line: Print): Promise<void> {
  return play(
    line,
    'fork copies the table: the numbers are apart, the open object and its offset are shared',
    ({ draw, say }) =>
      async (task) => {
        const file = task.open('notes.txt', O_RDONLY)
        const child = task.fork(
          (copy) => {
            draw()
            copy.read(file, new Uint8Array(4))
            copy.close(file)
            return 0
          },
          { name: 'child' },
        )
        await task.wait(child)
        const rest = new Uint8Array(16)
        const length = task.read(file, rest)
        say(
          `  the child read the first line and closed; the parent goes on with ${JSON.stringify(new TextDecoder().decode(rest.subarray(0, length)))}`,
        )
      },
    { trace: ['read', 'close'] },
  )
}
