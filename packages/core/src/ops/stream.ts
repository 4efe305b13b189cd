import { defineCapability } from '../kind/capability.js'

/** A stream of bytes, without positions. */
export interface StreamMethods {
  /**
   * Reads into `buffer` without waiting. Returns the number of bytes, 0 at the end of file or for an empty buffer,
   * −EAGAIN if there is nothing yet.
   */
  read(buffer: Uint8Array): number
  /** Writes without waiting. Returns the number of bytes taken, which may be fewer than given; −EAGAIN if there is no room. */
  write(bytes: Uint8Array): number
}

/** Reading and writing (read(2), write(2)). A kind without one of them returns −EINVAL for it. */
export const StreamOps = /* @__PURE__ */ defineCapability<StreamMethods>('ht:stream', {
  read: { parameters: ['out'], result: 'int', absent: 'EINVAL' },
  write: { parameters: ['in'], result: 'int', absent: 'EINVAL' },
})
