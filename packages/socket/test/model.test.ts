import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trackLeaks } from '@ht/core/debug'
import { SOCK_DGRAM, SOCK_STREAM } from '@ht/core/socket'
import { StreamModel } from './support/model.js'
import { Program, programs } from './support/program.js'

describe('programs of calls, at random', () => {
  it('on stream sockets answer as a simple model of them does', () => {
    fc.assert(
      fc.property(programs(SOCK_STREAM), (program) => {
        expect(new Program().run(program)).toEqual(new StreamModel().run(program))
      }),
      { numRuns: 3000 },
    )
  })

  it('leave nothing open: the end of the table is the end of every socket', () => {
    const tracker = trackLeaks()
    try {
      fc.assert(
        fc.property(programs(SOCK_STREAM, SOCK_DGRAM), (program) => {
          new Program().run(program)
          expect(tracker.leaks()).toEqual([])
        }),
        { numRuns: 500 },
      )
    } finally {
      tracker.stop()
    }
  })
})
