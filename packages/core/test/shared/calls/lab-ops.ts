import { defineCapability, type KernelObject } from '@ht/core'

/** One method of each sort of parameter and result. */
export interface LabMethods {
  add(a: number, b: number): number
  join(a: string, b: string): string | number
  sum(bytes: Uint8Array): number
  /** Fills all of the buffer with a byte, and answers what it is told to. */
  fill(buffer: Uint8Array, byte: number, answer: number): number
  fillTwo(first: Uint8Array, byte: number, second: Uint8Array): number
  invert(bytes: Uint8Array): number
  /** The same object again. */
  same(object: KernelObject): KernelObject | number
  make(name: string): KernelObject | number
  name(): string | number
  /** The status flags that the kind sees. */
  status(): number
  /** Has the object add, wherever it is at home. */
  addThere(object: KernelObject, a: number, b: number): number
  /** Has the objects call each other, so many times. */
  bounce(peer: KernelObject, self: KernelObject, times: number): number
  /** Throws: with a POSIX code, or a plain error. */
  fail(code: string, text: string): number
  text(length: number): string | number
  /** Waits in the home until it is told to go on: by the gate, in shared memory. */
  hold(): number
  holdAndMake(name: string): KernelObject | number
  /** Keeps the object for as long as it waits. */
  holdWith(object: KernelObject): number
  /** A stream without readiness: `held` waits in read and write; `dry` never has anything to read. */
  makeStream(sort: string): KernelObject | number
  /** Makes a pipe: its reader, and with the next call its writer. */
  makePipe(): KernelObject | number
  takeWriter(): KernelObject | number
  /** How many ends of pipes there are. */
  ends(): number
  /** What hooks were called so far, in their order. */
  log(): string | number
}

export const LabOps = defineCapability<LabMethods>('test:lab', {
  add: { parameters: ['int', 'int'], result: 'int' },
  join: { parameters: ['string', 'string'], result: 'string' },
  sum: { parameters: ['in'], result: 'int' },
  fill: { parameters: ['out', 'int', 'int'], result: 'int' },
  fillTwo: { parameters: ['out', 'int', 'out'], result: 'int' },
  invert: { parameters: ['inout'], result: 'int' },
  same: { parameters: ['object'], result: 'object' },
  make: { parameters: ['string'], result: 'object' },
  name: { parameters: [], result: 'string' },
  status: { parameters: [], result: 'int' },
  addThere: { parameters: ['object', 'int', 'int'], result: 'int' },
  bounce: { parameters: ['object', 'object', 'int'], result: 'int' },
  fail: { parameters: ['string', 'string'], result: 'int' },
  text: { parameters: ['int'], result: 'string' },
  hold: { parameters: [], result: 'int' },
  holdAndMake: { parameters: ['string'], result: 'object' },
  holdWith: { parameters: ['object'], result: 'int' },
  makeStream: { parameters: ['string'], result: 'object' },
  makePipe: { parameters: [], result: 'object' },
  takeWriter: { parameters: [], result: 'object' },
  ends: { parameters: [], result: 'int' },
  log: { parameters: [], result: 'string' },
})

/** In the gate: how many calls are held, and whether they may go on. */
export const HELD = 0
export const OPEN = 1

/** What a home is started with. */
export interface HomeGiven {
  readonly token: unknown
  readonly gate: Int32Array
  /** The pause point at which it stops for ever. */
  readonly stop?: string | undefined
}
