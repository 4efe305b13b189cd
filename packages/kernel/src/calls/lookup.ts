import {
  beginOperation,
  DirectoryOps,
  endBorrow,
  endOperation,
  methodsOf,
  openObjectOf,
  type DirectoryMethods,
  type Handle,
  type HandleTable,
  type Implementation,
  type KernelObject,
  type OpenObject,
} from '@ht/core'
import { checkText, invalid } from '../check.js'
import { EBADF, ENAMETOOLONG, ENOENT, ENOTDIR } from '../errno.js'
import { endedError } from '../task/end.js'
import { AT_FDCWD, failed } from './forms.js'
import type { RunningTask } from '../task/task.js'

/*
 * What a call may do, the handle's mode says, and the handle may come to name another object at any time, by another
 * thread that shares the table. So a call looks its handle up once, and decides by what that one look gave.
 */

/**
 * The object that a handle with this mode names, lent until `endBorrow`; undefined where {@link absent} says why. What
 * else the handle allows, {@link allowed} says right after it.
 */
export function lend(task: RunningTask, handle: Handle, mode = 0): OpenObject | undefined {
  return typeof handle === 'number' && task.ended === undefined ? task.table.borrow(handle, mode) : undefined
}

/** What the handle allowed by which {@link lend} found an object: to be asked before anything else is looked up. */
export function allowed(task: RunningTask): number {
  return task.table.foundAccess
}

/** The −errno of a handle that names nothing, or does not have the mode that was asked for. */
export function absent(task: RunningTask, handle: unknown): number {
  if (task.ended !== undefined) return failed(task, endedError(task))
  return typeof handle === 'number' ? -EBADF : failed(task, invalid('handle', 'a number', handle))
}

/**
 * Calls `f` with the object that a handle with this mode names, lent for that long, and what the handle allows; or
 * answers −errno.
 */
export function withOpen<R>(task: RunningTask, handle: Handle, f: (open: OpenObject, access: number) => R, mode = 0): R | number {
  const open = lend(task, handle, mode)
  if (open === undefined) return absent(task, handle)
  try {
    return f(open, allowed(task))
  } finally {
    endBorrow(open)
  }
}

/** The task's table, for calls with these handles. @throws ESRCH when the task has ended; EINVAL for a handle that is not a number */
export function tableOf(task: RunningTask, ...handles: Handle[]): HandleTable {
  for (const handle of handles) if (typeof handle !== 'number') throw invalid('handle', 'a number', handle)
  if (task.ended !== undefined) throw endedError(task)
  return task.table
}

/** How a directory does what names need. */
export type Directory = Implementation<DirectoryMethods, unknown>

/** Calls `f` with an open object's methods as a directory; −ENOTDIR where it is none. */
export function asDirectory<R>(open: OpenObject, f: (methods: Directory, open: OpenObject) => R): R | number {
  const methods = methodsOf(open, DirectoryOps)
  return methods === undefined ? -ENOTDIR : f(methods, open)
}

/** 0, −ENOENT for an empty path, −ENAMETOOLONG for one of PATH_MAX bytes or more. It comes before all else of a path. @throws EINVAL */
export function checkPath(path: string, argument = 'path'): number {
  checkText(path, argument)
  if (path === '') return -ENOENT
  // A unit of UTF-16 takes one to three bytes, so most texts need no count.
  const isLong = path.length * 3 >= PATH_MAX && new TextEncoder().encode(path).length >= PATH_MAX
  return isLong ? -ENAMETOOLONG : 0
}

/** Bytes of a path in UTF-8, with the NUL that C puts after it. */
const PATH_MAX = 4096

/**
 * Calls `f` with the directory that a path begins at, lent for that long: the kernel's root for one that
 * begins with `/`, the working directory for AT_FDCWD, else what the handle names. Or answers −errno.
 */
export function withDirectory<R>(
  task: RunningTask,
  directory: Handle,
  path: string,
  f: (methods: Directory, open: OpenObject, object: KernelObject) => R,
): R | number {
  const table = tableOf(task, directory)
  const refused = checkPath(path)
  if (refused < 0) return refused
  const absolute = path.startsWith('/')
  const named = !absolute && directory !== AT_FDCWD
  const object = named ? table.get(directory) : absolute ? task.kernel.root : task.workingDirectory?.object
  if (object === undefined) return named ? -EBADF : -ENOENT
  const open = openObjectOf(object)
  // Held for as long as it is used: whatever is called may close it, or leave this working directory.
  beginOperation(open)
  try {
    return asDirectory(open, (methods) => f(methods, open, object))
  } finally {
    endOperation(open)
    if (named) object.release()
  }
}

/**
 * {@link withDirectory} for two paths. What is wrong with the way of the first, which `walk` goes, comes before what is
 * wrong with the second path or its handle.
 */
export function withDirectories<R>(
  task: RunningTask,
  [directory, path]: readonly [Handle, string],
  [newDirectory, newPath]: readonly [Handle, string],
  walk: (methods: Directory, open: OpenObject) => number,
  f: (methods: Directory, open: OpenObject, target: KernelObject) => R,
): R | number {
  tableOf(task, directory, newDirectory)
  checkText(newPath, 'newPath')
  return withDirectory(task, directory, path, (methods, open) => {
    const second = { isThere: false }
    const answer = withDirectory(task, newDirectory, newPath, (_, __, target) => {
      second.isThere = true
      return f(methods, open, target)
    })
    return second.isThere ? answer : Math.min(walk(methods, open), 0) || answer
  })
}
