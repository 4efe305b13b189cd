import {
  defineKind,
  HandleError,
  implement,
  openObjectOf,
  type ErrorCode,
  type Kind,
  StreamOps,
  type KernelObject,
} from '@ht/core'
import { Reference } from '../../../src/object/reference.js'
import { EAGAIN } from '../../../src/errors/numbers.js'
import { describePipe, outside, pipeKindWith } from '../../conformance/reference-pipe.js'
import { HELD, LabOps, OPEN } from './lab-ops.js'

interface Lab {
  readonly name: string
}

/** A kind that only the thread has that makes its objects. */
export function labKind(gate: Int32Array): Kind<Lab> {
  const log: string[] = []
  const hold = () => {
    Atomics.add(gate, HELD, 1)
    Atomics.notify(gate, HELD)
    Atomics.wait(gate, OPEN, 0)
  }
  const pipes = describePipe(pipeKindWith())
  let writer: KernelObject | undefined
  const kind: Kind<Lab> = defineKind<Lab>({
    name: 'test-lab',
    capabilities: [
      implement(LabOps, {
        add: (_, a, b) => a + b,
        join: (_, a, b) => a + b,
        sum: (_, bytes) => bytes.reduce((sum, byte) => sum + byte, 0),
        fill(_, buffer, byte, answer) {
          buffer.fill(byte)
          return answer
        },
        fillTwo(_, first, byte, second) {
          first.fill(byte)
          second.fill(byte)
          return 1
        },
        invert(_, bytes) {
          for (let i = 0; i < bytes.length; i++) bytes[i] = ~bytes[i]!
          return 0
        },
        same(_, object) {
          const open = openObjectOf(object)
          open.count(0, 1)
          return new Reference(open, false)
        },
        make: (_, name) => kind.open({ name }),
        name: ({ state }) => state.name,
        status: ({ status }) => status,
        addThere: (_, object, a, b) => object.as(LabOps)?.add(a, b) ?? -1,
        bounce: (_, peer, self, times) => (times === 0 ? 0 : 1 + (peer.as(LabOps)?.bounce(self, peer, times - 1) ?? -1)),
        fail(_, code, text) {
          if (code === '') throw new RangeError(text)
          throw new HandleError(code as ErrorCode, { text, syscall: 'fail' })
        },
        text: (_, length) => 'é\ud800'.repeat(length / 2),
        hold() {
          hold()
          return 7
        },
        holdAndMake(_, name): KernelObject {
          hold()
          return kind.open({ name })
        },
        holdWith() {
          hold()
          return 7
        },
        makeStream: (_, sort) => streamKind(sort, hold, log).open({ next: 0 }),
        makePipe() {
          const pair = pipes.pair?.() as { reader: KernelObject; writer: KernelObject }
          writer = pair.writer
          return pair.reader
        },
        takeWriter: () => writer ?? -1,
        ends: () => outside.held,
        log: () => log.join(' '),
      }),
    ],
    cloneForDup({ state, holders }) {
      if (state.name === 'single') throw new HandleError('EMLINK', { text: 'there can be one only' })
      log.push(`clone:${state.name}:${String(holders)}`)
    },
    dropHolder({ state, holders }) {
      log.push(`drop:${state.name}:${String(holders)}`)
    },
    release({ state }) {
      log.push(`release:${state.name}`)
    },
    describe: ({ state }) => `lab ${state.name}`,
  })
  return kind
}

/** Streams whose reads give bytes from 0 up, and whose writes are logged. */
function streamKind(sort: string, hold: () => void, log: string[]): Kind<{ next: number }> {
  return defineKind<{ next: number }>({
    name: `test-${sort}`,
    capabilities: [
      implement(StreamOps, {
        read({ state }, buffer) {
          if (sort === 'dry') return -EAGAIN
          hold()
          log.push('read')
          buffer[0] = state.next++
          return 1
        },
        write(_, bytes) {
          hold()
          log.push(`write:${String.fromCharCode(...bytes)}`)
          return bytes.length
        },
      }),
    ],
  })
}
