import { describe, expect, it } from 'vitest'
import { createSharedMemory, leaveMemory } from '@ht/core/shared'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { entryOf, IDLE, LEVELS, stateOf } from '../../src/shared/calls/entry.js'
import {
  HAZARDS,
  H_ATTENTION,
  HEADER_WORDS,
  LOCKS,
  T_HAZARDS,
  T_INBOX,
  T_LOCKS,
  T_SIGNALS,
  THREAD_WORDS,
  T_STATE,
  T_DOORBELL,
  T_TURN,
} from '../../src/shared/words/layout.js'

describe('a thread’s number', () => {
  it('is taken with nothing of its last owner’s, whatever that one left', () => {
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 64 })
    const { words } = memory
    const first = joinMemory(memory.source, words, undefined, {})
    const { thread, threadAt, heldAt, heldOperationsAt, objects } = first
    leaveMemory(first)
    for (let i = 0; i < THREAD_WORDS; i++) {
      if (![T_STATE, T_DOORBELL, T_TURN].includes(i)) words[threadAt + i] = 0x01010101
    }
    words.fill(3, heldAt, heldAt + objects)
    words.fill(3, heldOperationsAt, heldOperationsAt + objects)
    const attention = words[H_ATTENTION]! + thread * 2
    words.fill(-1, attention, attention + 2)
    const second = joinMemory(memory.source, words, undefined, {})
    expect(second.thread).toBe(thread)
    const at = HEADER_WORDS + thread * THREAD_WORDS
    const all = [
      ...words.subarray(at + T_HAZARDS, at + T_HAZARDS + HAZARDS),
      ...words.subarray(at + T_LOCKS, at + T_LOCKS + LOCKS),
      ...words.subarray(heldAt, heldAt + objects),
      ...words.subarray(heldOperationsAt, heldOperationsAt + objects),
      ...words.subarray(attention, attention + 2),
      words[at + T_INBOX],
      words[at + T_INBOX + 1],
      words[at + T_SIGNALS],
    ]
    expect(all.every((word) => word === 0)).toBe(true)
    expect(LEVELS.map((level) => stateOf(words[entryOf(thread, level)]!))).toEqual(LEVELS.map(() => IDLE))
    leaveMemory(second)
    leaveMemory(memory)
  })
})
