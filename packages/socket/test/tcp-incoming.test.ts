import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Incoming } from '../src/tcp/incoming.js'

/** Bytes of which each tells where it is. */
const all = Uint8Array.from({ length: 2_000_000 }, (_, i) => (i * 31) % 251)

it('what is added is taken and peeked at in order, in parts of any length', () => {
  const step = fc.oneof(
    fc.record({ add: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9000 })) }),
    fc.record({ take: fc.integer({ min: 0, max: 9000 }) }),
    fc.record({ peek: fc.integer({ min: 0, max: 9000 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const incoming = new Incoming()
      let added = 0
      let taken = 0
      for (const one of steps) {
        if ('add' in one) {
          incoming.add(all.subarray(added, added + one.add))
          added += one.add
        } else {
          const length = 'take' in one ? one.take : one.peek
          const out = new Uint8Array(length)
          const count = 'take' in one ? incoming.take(out) : incoming.peek(out)
          const wanted = all.subarray(taken, Math.min(taken + length, added))
          if (Buffer.compare(out.subarray(0, count), wanted) !== 0) return false
          if ('take' in one) taken += count
        }
        if (incoming.stored !== added - taken) return false
      }
      return true
    }),
    { numRuns: 300 },
  )
})

it('what was taken is let go, also while there is more', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const incoming = new Incoming()
  const taken = new WeakRef(addPiece(incoming))
  for (let i = 0; i < 3; i++) addPiece(incoming)
  incoming.take(new Uint8Array(PIECE))
  // A weak reference holds until the end of the turn that made it.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  expect(taken.deref()).toBeUndefined()
  expect(incoming.stored).toBe(3 * PIECE)
})

const PIECE = 65_536

function addPiece(incoming: Incoming): Uint8Array {
  const piece = new Uint8Array(PIECE)
  incoming.add(piece)
  return piece
}
