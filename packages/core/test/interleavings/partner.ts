import { attach, attachMemory, type MemoryToken } from '../../src/shared/index.js'
import { countReleases, readerKind, writerKind } from './channel.js'
import {
  ATTACH,
  BEGAN,
  CLOCK,
  ENDED,
  LEAVE,
  MOST_OPERATIONS,
  ORDER,
  PARTNERS,
  PROGRAM,
  RESULT,
  RUN,
  TABLE,
  TABLE_ID,
} from './control.js'
import { perform, type Workplace } from './operations.js'
import { FINE, programs, type Program } from './programs.js'
import { Turns } from './turns.js'
import { tell, witnessKind } from './witness.js'
import type { HandleTable } from '@ht/core'

/** What a partner is given to take turns with an explorer. */
export interface PartnerData {
  readonly token: MemoryToken
  readonly control: Int32Array
  readonly self: number
}

/** The kinds of these programs. */
export const kinds = [witnessKind, readerKind, writerKind]

/** Does what an explorer orders, as its turns come. It does not end: the thread is terminated. */
export function serveAsPartner({ token, control, self }: PartnerData): void {
  const memory = attachMemory(token, { kinds })
  const turns = new Turns(control, self, memory)
  tell(turns)
  countReleases(turns)
  let table: HandleTable | undefined
  // No turn: two at the same time would be one.
  Atomics.add(control, PARTNERS, 1)
  Atomics.notify(control, PARTNERS)
  for (;;) {
    turns.await()
    if (control[ORDER] === ATTACH) {
      table = attach({ ...token, type: 'ht table', table: control[TABLE]!, tableId: control[TABLE_ID]! })
      turns.give(0)
    } else if (control[ORDER] === LEAVE) {
      table!.dispose()
      turns.give(0)
    } else if (control[ORDER] === RUN) {
      runThread(programs[control[PROGRAM]!]!, { memory, table: table!, turns, kept: [], server: undefined })
      turns.pass()
    }
  }
}

/** Does this thread's part of a program, and notes what comes of each operation. */
export function runThread(program: Program, place: Workplace): void {
  const { turns } = place
  const { control, self } = turns
  turns.run(
    (point) => (program.points === undefined ? FINE.test(point) : !program.points.test(point)),
    () => {
      program.threads[self]!.forEach((operation, i) => {
        // Partners begin when their first turn comes.
        if (i > 0 || self === 0) turns.pause('operation begins')
        const at = self * MOST_OPERATIONS + i
        control[BEGAN + at] = ++control[CLOCK]!
        const result = perform(place, operation)
        control[RESULT + at] = result
        control[ENDED + at] = ++control[CLOCK]!
      })
    },
  )
}
