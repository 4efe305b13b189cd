import { defineCapability, defineKind, implement, type KernelObject } from '@ht/core'
import { EAFNOSUPPORT, EINVAL, ENOTSUP } from '../errno.js'
import { version } from '../version.js'
import type { SocketFamily } from '@ht/core/socket'

/** The number, in the table by which threads find the I/O worker, of what they ask for sockets. */
export const IO = 0

/** How any thread has sockets made in the I/O worker. */
export interface IoMethods {
  /** A socket (socket(2)). */
  socket(domain: number, type: number, protocol: number): KernelObject | number
  /** An object that holds two connected sockets (socketpair(2)). */
  pair(domain: number, type: number, protocol: number): KernelObject | number
}

/** The I/O worker, as others see it. */
export const IoOps = /* @__PURE__ */ defineCapability<IoMethods>('ht:io', {
  socket: { parameters: ['int', 'int', 'int'], result: 'object' },
  pair: { parameters: ['int', 'int', 'int'], result: 'object' },
})

/** What {@link ioKind} has: its families of sockets by domain. */
export type Families = ReadonlyMap<number, SocketFamily>

/** What threads ask for sockets while the I/O worker runs. It is at home there. */
export const ioKind = /* @__PURE__ */ defineKind<Families>({
  name: 'ht:io',
  package: '@ht/kernel',
  version,
  capabilities: [
    implement(IoOps, {
      socket: ({ state }, domain, type, protocol) => state.get(domain)?.open(domain, type, protocol) ?? -EAFNOSUPPORT,
      pair({ state }, domain, type, protocol) {
        const family = state.get(domain)
        if (family === undefined) return -EAFNOSUPPORT
        const pair = family.pair?.(domain, type, protocol) ?? -ENOTSUP
        return typeof pair === 'number' ? pair : pairKind.open([...pair])
      },
    }),
  ],
})

/** How two sockets are fetched, as a call has one answer. */
export interface PairMethods {
  /** The one or the other, once. −EINVAL when it was fetched. */
  take(index: number): KernelObject | number
}

/** Two objects that were made together. */
export const PairOps = /* @__PURE__ */ defineCapability<PairMethods>('ht:pair', {
  take: { parameters: ['int'], result: 'object' },
})

/** Two objects that were made together. What was not fetched is given back: who asked for them may have died. */
const pairKind = /* @__PURE__ */ defineKind<(KernelObject | undefined)[]>({
  name: 'ht:pair',
  package: '@ht/kernel',
  version,
  capabilities: [
    implement(PairOps, {
      take({ state }, index) {
        const object = state[index]
        state[index] = undefined
        return object ?? -EINVAL
      },
    }),
  ],
  release({ state }) {
    for (const object of state) object?.release()
  },
})

/** How a thread has the I/O worker started, while there is none. */
export interface StartMethods {
  /** Starts it: 0, and what stands for it comes to the table when it has attached; −EIO when it cannot be started. */
  start(): number
}

/** What stands where an I/O worker has ended. */
export const StartOps = /* @__PURE__ */ defineCapability<StartMethods>('ht:io-start', {
  start: { parameters: [], result: 'int' },
})

/** What threads find while there is no I/O worker. It is at home in the kernel's thread. */
export const startKind = /* @__PURE__ */ defineKind<StartMethods>({
  name: 'ht:io-start',
  package: '@ht/kernel',
  version,
  capabilities: [implement(StartOps, { start: ({ state }) => state.start() })],
})
