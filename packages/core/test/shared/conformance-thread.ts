import { parentPort, workerData } from 'node:worker_threads'
import { attachMemory, createSharedTable, leaveMemory, type MemoryToken } from '@ht/core/shared'
import { testTable } from '../../src/conformance/index.js'
import { outcomeOf } from '../conformance/collect.js'

/** Runs all rules of a table, time after time, on tables of a memory that others use at the same time. */
const { token, rounds } = (workerData as { given: { token: MemoryToken; rounds: number } }).given
const memory = attachMemory(token)
const failures: string[] = []
let ran = 0
for (let round = 0; round < rounds; round++) {
  const { rules, failed } = await outcomeOf((runner) => {
    testTable(runner, { make: (options) => createSharedTable(memory, options) })
  })
  ran += rules.size
  for (const [name, error] of failed) failures.push(`${name}: ${String(error)}`)
}
leaveMemory(memory)
parentPort?.postMessage({ ran, failures })
