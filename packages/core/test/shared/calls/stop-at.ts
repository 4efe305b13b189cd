import { holdAtPauses } from '../../../src/shared/words/pause.js'
import { HELD } from './lab-ops.js'

/** Has this thread stop for ever at a pause point, when it gets there; the gate says that it has. */
export function stopAt(point: string | undefined, gate: Int32Array | undefined): void {
  if (point === undefined || gate === undefined) return
  holdAtPauses((here) => {
    if (here !== point) return
    Atomics.add(gate, HELD, 1)
    Atomics.notify(gate, HELD)
    Atomics.wait(gate, HELD, Atomics.load(gate, HELD))
  })
}
