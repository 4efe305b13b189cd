import { defineCapability, defineKind, implement } from '@ht/core'

export interface SumMethods {
  /** Adds to what was added before; gives the sum. */
  add(summand: number): number
}

/** A capability whose calls travel to the thread that has the object. */
export const SumOps = /* @__PURE__ */ defineCapability<SumMethods>('test:sum', {
  add: { parameters: ['int'], result: 'int' },
})

/** A kind without shared memory: its objects stay at home. */
export const sumKind = /* @__PURE__ */ defineKind<{ sum: number }>({
  name: 'test:sum',
  package: 'test',
  version: '1.0.0',
  capabilities: [
    implement(SumOps, {
      add: ({ state }, summand) => (state.sum += summand),
    }),
  ],
})
