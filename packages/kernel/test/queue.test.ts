import { describe, expect, it } from 'vitest'
import { Queue } from '../src/stdio/queue.js'

describe('a queue', () => {
  it('gives what was put in, the first first, and undefined where there is nothing', () => {
    const queue = new Queue<number>()
    let [next, last] = [0, 0]
    expect(queue.shift()).toBe(undefined)
    for (let round = 1; round < 50; round++) {
      for (let i = 0; i < round; i++) queue.push(last++)
      for (let i = 0; i < round / 2; i++) expect(queue.shift()).toBe(next++)
    }
    while (next < last) expect(queue.shift()).toBe(next++)
    expect(queue.shift()).toBe(undefined)
    queue.push(7)
    queue.push(8)
    queue.clear()
    expect(queue.shift()).toBe(undefined)
  })

  it('moves each item twice at most, however many there are', () => {
    const count = 4096
    const queue = new Queue<number>()
    let moved = 0
    const methods = Array.prototype as unknown as Record<string, (...args: unknown[]) => unknown>
    const originals = ['shift', 'splice', 'slice', 'copyWithin'].map((name) => [name, methods[name]!] as const)
    try {
      for (const [name, original] of originals) {
        methods[name] = function (this: unknown[], ...args) {
          const { length } = this
          const result = original.apply(this, args)
          moved += name === 'slice' ? (result as unknown[]).length : length
          return result
        }
      }
      for (let i = 0; i < count; i++) queue.push(i)
      for (let i = 0; i < count; i++) queue.shift()
    } finally {
      for (const [name, original] of originals) methods[name] = original
    }
    expect(moved).toBeLessThanOrEqual(2 * count)
  })
})
