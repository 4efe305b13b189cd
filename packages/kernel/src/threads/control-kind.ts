import { defineCapability, defineKind, errnoFrom, IN, implement, type KernelObject, type WaitQueue } from '@ht/core'
import { isLockBusy } from '@ht/core/shared'
import { E2BIG } from '../errno.js'
import { version } from '../version.js'

/** How a worker asks the kernel for anything but calls on handles. */
export interface ControlMethods {
  /** A request, its name and arguments in JSON; the answer in JSON, or −errno. */
  request(text: string): string | number
  /** 0 when a child has ended, this one or for 0 any; −EAGAIN while none has; −ECHILD when there is none. */
  childEnded(child: number): number
  /** A socket (socket(2)). */
  socket(domain: number, type: number, protocol: number): KernelObject | number
  /** The first of two connected sockets; {@link second} gives the other. */
  pair(domain: number, type: number, protocol: number): KernelObject | number
  second(): KernelObject | number
  /** The end of a pipe to read from; {@link second} gives the other. */
  pipe(): KernelObject | number
}

/** What the kernel is to a task in a worker. */
export const ControlOps = /* @__PURE__ */ defineCapability<ControlMethods>('ht:task-control', {
  request: { parameters: ['string'], result: 'string' },
  childEnded: { parameters: ['int'], result: 'int' },
  socket: { parameters: ['int', 'int', 'int'], result: 'object' },
  pair: { parameters: ['int', 'int', 'int'], result: 'object' },
  second: { parameters: [], result: 'object' },
  pipe: { parameters: [], result: 'object' },
})

/** What stands behind a control object, in the thread of the kernel. */
export interface Control {
  /** How long the text of a request may be: its reader does nothing else meanwhile. */
  readonly longestRequest: number
  readonly changes: WaitQueue
  request(name: string, args: readonly unknown[]): unknown
  childEnded(child: number | undefined): number
  socket(domain: number, type: number, protocol: number): KernelObject | number
  pair(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number
  pipe(): { readonly reader: KernelObject; readonly writer: KernelObject }
  /** The second of two objects that were made together, until it is fetched. */
  second: KernelObject | undefined
}

/** The kernel, as an object that a worker's calls travel to. It has no handle in any task's table. */
export const controlKind = /* @__PURE__ */ defineKind<Control>({
  name: 'ht:task-control',
  package: '@ht/kernel',
  version,
  capabilities: [
    implement(ControlOps, {
      request({ state }, text) {
        if (text.length > state.longestRequest) return -E2BIG
        try {
          const [name, ...args] = JSON.parse(text) as [string, ...unknown[]]
          return JSON.stringify(state.request(name, args) ?? 0)
        } catch (error) {
          return failure(error)
        }
      },
      childEnded: ({ state }, child) => state.childEnded(child === 0 ? undefined : child),
      socket: ({ state }, domain, type, protocol) => guarded(() => state.socket(domain, type, protocol)),
      pair: ({ state }, domain, type, protocol) =>
        guarded(() => {
          const pair = state.pair(domain, type, protocol)
          return typeof pair === 'number' ? pair : keepSecond(state, pair)
        }),
      second({ state }) {
        const { second } = state
        state.second = undefined
        return second ?? errnoFrom(undefined)
      },
      pipe: ({ state }) =>
        guarded(() => {
          const { reader, writer } = state.pipe()
          return keepSecond(state, [reader, writer])
        }),
    }),
  ],
  release({ state }) {
    state.second?.release()
  },
  ready: { now: () => IN, changes: ({ state }) => state.changes },
})

/** An error that was thrown to a worker, with the text that it would have had there. @throws one that says to try again */
function failure(error: unknown): string {
  if (isLockBusy(error)) throw error
  const { message } = error as Error
  return JSON.stringify({ errno: errnoFrom(error), text: message })
}

function guarded<T>(make: () => T | number): T | number {
  try {
    return make()
  } catch (error) {
    // Told from the EAGAIN of a limit by the worker.
    if (isLockBusy(error)) throw error
    return errnoFrom(error)
  }
}

/** A pair that was not fetched whole is given back with the next one. */
function keepSecond(state: Control, [first, second]: readonly [KernelObject, KernelObject]): KernelObject {
  state.second?.release()
  state.second = second
  return first
}
