import { afterEach, expect, it, vi } from 'vitest'
import { Probe } from '../src/tcp/probe.js'

afterEach(() => {
  vi.useRealTimers()
})

it('a connection that has come to its end is looked at ever less often, and never given up', () => {
  vi.useFakeTimers()
  let looks = 0
  const probe = new Probe(() => looks++)
  const looksWithin = (ms: number) => {
    const before = looks
    vi.advanceTimersByTime(ms)
    return looks - before
  }
  probe.begin()
  expect([looksWithin(1), looksWithin(2), looksWithin(4)]).toEqual([1, 1, 1])
  vi.advanceTimersByTime(60_000)
  expect([looksWithin(16_384), looksWithin(163_840)]).toEqual([1, 10])
  probe.begin()
  expect(looksWithin(1)).toBe(1)
  probe.end()
  expect([looksWithin(100_000), vi.getTimerCount()]).toEqual([0, 0])
})

it('a look that ends it is the last one', () => {
  vi.useFakeTimers()
  let looks = 0
  const probe: Probe = new Probe(() => {
    looks++
    probe.end()
  })
  probe.begin()
  vi.advanceTimersByTime(100_000)
  expect([looks, vi.getTimerCount()]).toEqual([1, 0])
})
