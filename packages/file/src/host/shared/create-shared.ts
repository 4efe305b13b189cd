import { openShared, type SharedMemory } from '@ht/core/shared'
import { makeHostTree, type HostTree } from '../create.js'
import { APPENDS, CAN_REOPEN, DESCRIPTOR, FLAGS, READ_ONLY } from './shared-file.js'
import { sharedHostFileKind, sharedHostKinds } from './shared-file-kind.js'
import type { FsTreeOptions } from '../../fs-like/tree.js'

/**
 * `createHostTree`, whose open files live in shared memory: each thread that has one reads and writes it by itself,
 * without a call to this one. Paths stay this thread's, and so do directories and devices.
 *
 * It is for the thread that serves the memory, which opens and closes all descriptors; in another one, the end of a
 * worker would close them, and files stay at home there. The memory may be told by a function, which is asked
 * at each open. Without room for one more open object an open answers ENOMEM.
 *
 * @throws EINVAL that names the argument
 */
export function createSharedHostTree(
  root: string,
  memory: SharedMemory | (() => SharedMemory),
  options: FsTreeOptions = {},
): HostTree {
  const make: Parameters<typeof makeHostTree>[3] = (file, openOptions, isRegular) => {
    const place = typeof memory === 'function' ? memory() : memory
    if (!isRegular || !place.isServer) return sharedHostFileKind.open(file, openOptions)
    const { fd, appends, volume } = file
    const own: number[] = [0]
    own[DESCRIPTOR] = fd
    own[FLAGS] = (appends ? APPENDS : 0) | (volume.readOnly ? READ_ONLY : 0) | (volume.reopen === undefined ? 0 : CAN_REOPEN)
    return openShared(place, sharedHostFileKind, { ...openOptions, own })
  }
  return makeHostTree(root, options, sharedHostKinds, make, 'createSharedHostTree')
}
