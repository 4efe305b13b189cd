import { errorFrom, errnoFrom, HandleError, type KernelObject } from '@ht/core'
import { openRoot } from './open.js'
import type { FsVolume } from './volume.js'

/** How a tree over a file system is made. */
export interface FsTreeOptions {
  /** Refuses every change with EROFS. */
  readonly readOnly?: boolean
}

/** @throws EINVAL naming the argument */
export function checkTreeArguments(root: unknown, options: unknown, syscall: string): FsTreeOptions {
  const wrong = (argument: string, wanted: string) =>
    new HandleError('EINVAL', { text: `${argument} must be ${wanted}`, syscall })
  if (typeof root !== 'string' || root === '' || root.includes('\0')) throw wrong('root', 'the path of a directory')
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object')
  const { readOnly = false } = options as FsTreeOptions
  if (typeof readOnly !== 'boolean') throw wrong('options.readOnly', 'true or false')
  return { readOnly }
}

/** A new open directory of a tree's root. @throws what the file system says of the root */
export function openTree(volume: FsVolume, path: string, syscall: string): KernelObject {
  let opened: KernelObject | number
  try {
    opened = openRoot(volume)
  } catch (error) {
    throw errorFrom(errnoFrom(error), { syscall, text: `cannot open ${path}`, cause: error })
  }
  if (typeof opened === 'number') throw errorFrom(opened, { syscall, text: `cannot open ${path}` })
  return opened
}
