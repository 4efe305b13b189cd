import { O_ACCMODE, O_ASYNC, O_LARGEFILE, STATUS, type AccessMode, type OpenOptions } from '@ht/core'

const MODES: readonly AccessMode[] = ['ReadOnly', 'WriteOnly', 'ReadWrite']

/** What core is to know of an object that is opened with these flags of open(2). */
export function openOptions(flags: number): OpenOptions {
  return { accessMode: MODES[flags & O_ACCMODE]!, status: (flags & STATUS & ~O_ASYNC) | O_LARGEFILE }
}
