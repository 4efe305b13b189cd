import type { TableToken } from '@ht/core/shared'

/** What a thread of the stress is given. */
export interface StressData {
  readonly tokens: readonly TableToken[]
  readonly alive: Int32Array
  /** From 1 up. */
  readonly thread: number
  readonly operations: number
}

/** What it has done, by the names of the operations. */
export interface StressDone {
  readonly made: number
  readonly released: number
  /** How often each operation was tried, and did something. */
  readonly tried: Record<string, number>
  readonly worked: Record<string, number>
}

/** Handles below are placed by number only, so that what each names is known; above, wherever is room. */
export const PROMISED = 12
export const CAPACITY = 40
