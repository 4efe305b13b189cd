import { workerData } from 'node:worker_threads'
import { attach, attachMemory, type TableToken } from '@ht/core/shared'
import { holdAtPauses } from '../../../src/shared/words/pause.js'
import { programs, type World } from './programs.js'
import { kinds } from './witness-kind.js'

/** What the thread is given that dies. */
export interface VictimData {
  readonly token: TableToken
  readonly logs: number
  /** A word that says how far it is, and beside it one that it waits on there, until it is 1. */
  readonly signal: Int32Array
  readonly program: string
  /** Which of the pause points that the program comes to it is to be held at, from 0 up. */
  readonly held: number
}

export const HELD = 1
export const DONE = 2

if (workerData !== null) {
  const { token, logs, signal, program: name, held } = (workerData as { given: VictimData }).given
  const table = attach(token, { kinds })
  const memory = attachMemory({ ...token, type: 'ht memory' })
  const world: World = { memory, table, logs }
  const program = programs[name]
  const prepared = program?.prepare?.(world) as never
  let passed = 0
  holdAtPauses(() => {
    if (passed++ === held) stop(HELD)
  })
  program?.run(world, prepared)
  holdAtPauses(undefined)
  stop(DONE)

  function stop(state: number): void {
    Atomics.store(signal, 0, state)
    Atomics.notify(signal, 0)
    Atomics.wait(signal, 1, 0)
  }
}
