import { defineCapability } from '../kind/capability.js'

/** Bytes in a row: what can be read or written without a position. */
export interface StreamMethods {
  /**
   * Reads at once into `buffer`: the number of bytes, 0 at the end of file or for an empty buffer, −EAGAIN
   * when there is nothing yet.
   */
  read(buffer: Uint8Array): number
  /** Writes at once: the number of bytes taken, which may be fewer than given; −EAGAIN when there is no room. */
  write(bytes: Uint8Array): number
}

/** Reading and writing (read(2), write(2)). A kind that cannot do one of them answers −EINVAL. */
export const StreamOps = /* @__PURE__ */ defineCapability<StreamMethods>('ht:stream', {
  read: { parameters: ['out'], result: 'int', absent: 'EINVAL' },
  write: { parameters: ['in'], result: 'int', absent: 'EINVAL' },
})
