import { describe, expect, it } from 'vitest'
import { Ring } from '../src/bytes/index.js'

const bytes = (length: number, start = 0) => new Uint8Array(length).map((_, i) => start + i)

/** What collects garbage now. */
async function collector(): Promise<() => void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')])
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

/** What a ring gives when it is asked for so many bytes. */
function taken(ring: Ring, length: number): Uint8Array {
  const out = new Uint8Array(length)
  return out.slice(0, ring.take(out))
}

describe('a ring of bytes', () => {
  it('gives back what was added, in order, and no more than there is', () => {
    const ring = new Ring(10)
    expect(ring.add(bytes(4))).toBe(4)
    expect(ring.add(bytes(3, 4))).toBe(3)
    expect([ring.stored, ring.room]).toEqual([7, 3])
    expect(taken(ring, 5)).toEqual(bytes(5))
    expect(taken(ring, 5)).toEqual(bytes(2, 5))
    expect(taken(ring, 5)).toEqual(bytes(0))
  })

  it('takes no more than there is room for', () => {
    const ring = new Ring(5)
    expect(ring.add(bytes(8))).toBe(5)
    expect(ring.add(bytes(1))).toBe(0)
    expect(taken(ring, 9)).toEqual(bytes(5))
  })

  it.each([1, 7, 4096, 5000, 20_000])('keeps the order around its end, with a capacity of %i', (capacity) => {
    const ring = new Ring(capacity)
    let added = 0
    let read = 0
    for (let round = 0; round < 200; round++) {
      added += ring.add(bytes((round * 997) % (capacity + 3), added))
      const got = taken(ring, (round * 611) % (capacity + 2))
      expect(Buffer.compare(got, bytes(got.length, read))).toBe(0)
      read += got.length
    }
    expect(Buffer.compare(taken(ring, capacity), bytes(added - read, read))).toBe(0)
  })

  it('peek gives what take would, and leaves it, around the end too', () => {
    const ring = new Ring(4096)
    ring.add(bytes(4000))
    taken(ring, 3900)
    ring.add(bytes(1000, 4000))
    const out = new Uint8Array(1000)
    for (let i = 0; i < 2; i++) {
      expect(ring.peek(out)).toBe(1000)
      expect(out).toEqual(bytes(1000, 3900))
    }
    expect(ring.stored).toBe(1100)
    expect(ring.peek(new Uint8Array(0))).toBe(0)
    expect(taken(ring, 2000)).toEqual(bytes(1100, 3900))
  })

  it('clear drops all, and it can be used again', () => {
    const ring = new Ring(6000)
    ring.add(bytes(5000))
    ring.clear()
    expect([ring.stored, ring.room]).toEqual([0, 6000])
    expect(ring.peek(new Uint8Array(1))).toBe(0)
    expect(ring.add(bytes(6001, 9))).toBe(6000)
    expect(taken(ring, 6000)).toEqual(bytes(6000, 9))
  })

  it('made smaller than what is stored, it keeps that, and has no room until enough was taken', () => {
    const ring = new Ring(10_000)
    ring.add(bytes(9000))
    ring.resize(100)
    expect([ring.room, ring.add(bytes(1))]).toEqual([-8900, 0])
    expect(taken(ring, 8950)).toEqual(bytes(8950))
    expect(ring.add(bytes(99, 9000))).toBe(50)
    expect(taken(ring, 200)).toEqual(bytes(100, 8950))
    ring.resize(20_000)
    expect(ring.add(bytes(20_001))).toBe(20_000)
    expect(taken(ring, 20_000)).toEqual(bytes(20_000))
  })

  it('that has become empty gives back what it took for many bytes, and can be used again', async () => {
    const gc = await collector()
    const memory = () => {
      gc()
      return process.memoryUsage().arrayBuffers
    }
    const before = memory()
    const rings = Array.from({ length: 100 }, () => new Ring(1_000_000))
    const [piece, out] = [bytes(1_000_000), new Uint8Array(1_000_000)]
    for (const ring of rings) expect([ring.add(piece), ring.take(out)]).toEqual([1_000_000, 1_000_000])
    // What is collected is given back by another thread of the engine's, in its own time.
    await expect.poll(() => memory() - before, { timeout: 600_000 }).toBeLessThan(10_000_000)
    for (const ring of rings) expect([ring.add(bytes(5)), ring.take(out.subarray(0, 9))]).toEqual([5, 5])
  })

  it.each([-1, NaN, 2.5, Infinity, '10', null])('of the capacity %o is EINVAL, and changes none to that', (capacity) => {
    expect(() => new Ring(capacity as never)).toThrow(/^EINVAL: capacity must be an integer from 0/)
    const ring = new Ring(3)
    expect(() => {
      ring.resize(capacity as never)
    }).toThrow(/^EINVAL: capacity must be an integer from 0/)
    expect([ring.capacity, ring.add(bytes(5))]).toEqual([3, 3])
  })

  it('never sees or shows the memory of who adds and takes', () => {
    const ring = new Ring(100)
    const given = bytes(60)
    ring.add(given)
    given.fill(0)
    const out = new Uint8Array(60)
    ring.peek(out)
    out.fill(0)
    expect(taken(ring, 60)).toEqual(bytes(60))
  })
})
