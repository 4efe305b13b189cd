import { defineKind, implement, StreamOps } from '@ht/core'
import { play } from './play.js'
import type { Print } from '../first-minute.js'

/** A kind in a few lines, as good as any that comes with the packages. */
const diceKind = defineKind<{ sides: number; rolls: number }>({
  name: 'my-dice',
  capabilities: [
    implement(StreamOps, {
      read({ state }, buffer) {
        buffer.fill(1 + (state.rolls++ % state.sides))
        return buffer.length
      },
    }),
  ],
  describe: ({ state }) => `dice(${String(state.sides)})`,
})

export function ownKind(line: Print): Promise<void> {
  return play(
    line,
    'a kind of one’s own: 10 lines, and read, dup, fork and lsof work as for any other',
    ({ draw, say }) =>
      (task) => {
        const dice = task.table.insertWithMetadata(diceKind.open({ sides: 6, rolls: 0 }, { accessMode: 'ReadOnly' }), {})
        const copy = task.dup(dice)
        const roll = new Uint8Array(2)
        task.read(dice, roll)
        task.read(copy, roll)
        draw()
        say(`  the second roll, through the dup: ${roll.join(' ')}`)
        return Promise.resolve(0)
      },
    { trace: ['dup', 'read'], kinds: [diceKind] },
  )
}
