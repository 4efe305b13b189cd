import { defineCapability } from '../kind/capability.js'

/** What a pipe can tell and be told besides its stream. */
export interface PipeMethods {
  /** How many bytes it holds at most (F_GETPIPE_SZ). */
  capacity(): number
  /**
   * Makes it hold at least `bytes`, rounded up as Linux does, and answers what it holds at most now
   * (F_SETPIPE_SZ); −EBUSY when more than that is stored, −EPERM over the system's maximum.
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
