import { defineCapability } from '../kind/capability.js'

/** The settings and counts of a pipe. */
export interface PipeMethods {
  /** The capacity in bytes (F_GETPIPE_SZ). */
  capacity(): number
  /**
   * Sets the capacity to at least `bytes`, rounded up as on Linux, and returns it (F_SETPIPE_SZ). −EBUSY if more than
   * that is stored, −EPERM above the system's maximum.
   */
  setCapacity(bytes: number): number
  /** How many bytes wait to be read (FIONREAD). */
  bytesWaiting(): number
  /** How many ends there are at the other side, duplicates included. */
  peerCount(): number
}

/** What a pipe offers besides `StreamOps` (pipe(7)). */
export const PipeOps = /* @__PURE__ */ defineCapability<PipeMethods>('ht:pipe', {
  capacity: { parameters: [], result: 'int' },
  setCapacity: { parameters: ['int'], result: 'int' },
  bytesWaiting: { parameters: [], result: 'int' },
  peerCount: { parameters: [], result: 'int' },
})
