import { HandleError, O_CLOEXEC, O_NONBLOCK, type Handle, type KernelObject } from '@ht/core'
import { checkFlags } from '../check.js'
import { tableOf } from './lookup.js'
import { placing } from './place.js'
import type { Family } from './forms.js'

/** Makes the two ends of a pipe, which are then the kernel's: `createPipe` of `@ht/pipe`, or one like it. */
export type PipeMaker = () => { readonly reader: KernelObject; readonly writer: KernelObject }

/** Pipes. */
export interface PipeCalls {
  /**
   * Makes a pipe (pipe2(2)): the handles to read and to write it, both or none. Flags: O_CLOEXEC, O_NONBLOCK.
   *
   * @throws EINVAL for other flags; ENOSYS when the kernel was given no pipes; EMFILE
   */
  pipe2(flags?: number): [reader: Handle, writer: Handle]
}

export const pipeCalls: Family<PipeCalls> = {
  pipe2(flags = 0) {
    checkFlags(flags, 'flags', O_CLOEXEC | O_NONBLOCK)
    const table = tableOf(this)
    const { makePipe } = this.kernel
    if (makePipe === undefined) {
      throw new HandleError('ENOSYS', { text: 'createKernel was given no `pipe`, such as createPipe of @ht/pipe' })
    }
    const { reader, writer } = makePipe()
    const ends = [reader, writer]
    return placing(ends, flags, (metadata) => table.insertAll(ends, metadata) as [Handle, Handle])
  },
}
