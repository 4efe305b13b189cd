import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Flood } from '../../src/threads/flood.js'
import { terminate } from '../../src/threads/worker-like.js'
import { settle } from '../support/kernel.js'

describe('a worker floods the host', () => {
  let passed = 0

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    passed = 0
    vi.spyOn(performance, 'now').mockImplementation(() => passed)
  })

  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  /** Counts messages between which some time passes, as it does inside of one turn. Gives the number of the first one too many. */
  function counts(flood: Flood, messages: number, ms: number): number | undefined {
    for (let i = 1; i <= messages; i++) {
      if (flood.count() !== undefined) return i
      passed += ms
    }
    return undefined
  }

  it('by more than 10,000 messages in one turn of the event loop', () => {
    expect(counts(new Flood(), 10_000, 0)).toBe(undefined)
    expect(counts(new Flood(), 20_000, 0)).toBe(10_001)
    const flood = new Flood()
    for (let i = 0; i < 10_001; i++) flood.count()
    expect(flood.count()).toMatchObject({ code: 'ENOBUFS' })
  })

  it('by messages that take more than 100 ms to read in one turn', () => {
    expect(counts(new Flood(), 9000, 1 / 128)).toBe(undefined)
    expect(counts(new Flood(), 9000, 0.5)).toBe(202)
    expect(counts(new Flood(), 20, 600)).toBe(12)
  })

  it('but not by a few, whatever this thread was kept from meanwhile', () => {
    expect(counts(new Flood(), 10, 60_000)).toBe(undefined)
  })

  it('but not by those of several turns', () => {
    const flood = new Flood()
    for (let turn = 0; turn < 50; turn++) {
      expect(counts(flood, 9000, 1 / 128)).toBe(undefined)
      vi.runAllTimers()
    }
  })
})

describe('a worker that is terminated', () => {
  it('may refuse, at once or later, or be no worker at all', async () => {
    const rejections: unknown[] = []
    const hear = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', hear)
    try {
      const refuse = () => {
        throw new Error('at once')
      }
      for (const it of [{ terminate: refuse }, { terminate: () => Promise.reject(new Error('later')) }, {}, undefined, null]) {
        expect(() => {
          terminate(it as never)
        }).not.toThrow()
      }
      await settle()
      await settle()
      expect(rejections).toEqual([])
    } finally {
      process.off('unhandledRejection', hear)
    }
  })
})
