import * as fs from 'node:fs'
import { resolve } from 'node:path'
import { nativeFlags } from '../fs-like/native-flags.js'
import { PathFolders } from '../fs-like/path-folders.js'
import { ProcessFiles } from '../fs-like/process-files.js'
import { checkTreeArguments, openTree, type FsTreeOptions } from '../fs-like/tree.js'
import { FsVolume, type VolumeParts } from '../fs-like/volume.js'
import { DescriptorFolders } from './descriptor-folders.js'
import { admitDevice } from './devices.js'
import { hostDirectoryKind, hostFileKind, hostKinds } from './kinds.js'
import type { KernelObject, Kind } from '@ht/core'
import type { FileTree } from '../file-tree.js'

/** A tree of the host's files. */
export interface HostTree extends FileTree {
  /** @throws what the host says of the root: ENOENT, ENOTDIR, EACCES, EMFILE, … */
  root(): KernelObject<'ht:host-directory'>
  /**
   * Whether no other process can lead a path out of the tree by what it renames or replaces meanwhile. So it
   * is on Linux with `/proc`. Elsewhere each name is looked at before it is entered, as by `createFsTree`.
   */
  readonly raceFree: boolean
}

/**
 * Makes a tree of the host's files below a directory. It holds a descriptor of it while a directory of
 * the tree is open, and nothing otherwise.
 *
 * Absolute paths and links begin at the tree's root, as after chroot(2). What could block the thread is not
 * opened (ENXIO): FIFOs, sockets, terminals and all devices, except Linux's null, zero, full, random and
 * urandom. The process's umask applies.
 *
 * No path leads to what is the process's own: files of proc(5), and so `/dev/stdin` and `/dev/fd`, are ENOENT, except
 * a few that tell of the machine.
 *
 * @throws EINVAL that names the argument
 */
export function createHostTree(root: string, options: FsTreeOptions = {}): HostTree {
  return makeHostTree(root, options, hostKinds, (file, openOptions) => hostFileKind.open(file, openOptions), 'createHostTree')
}

/** Makes a tree of the host's files, whose open files are what `open` makes. @throws EINVAL that names the argument */
export function makeHostTree(
  root: string,
  options: FsTreeOptions,
  kinds: readonly Kind[],
  open: VolumeParts['open'],
  syscall: string,
): HostTree {
  const { readOnly = false } = checkTreeArguments(root, options, syscall)
  // Here and now, since the process may change its directory.
  const path = resolve(root)
  const raceFree = process.platform === 'linux' && fs.existsSync('/proc/self/fd')
  const processFiles = new ProcessFiles(fs, descriptorDevices())
  const volume = new FsVolume({
    fs,
    readOnly,
    processFiles,
    open,
    directoryKind: hostDirectoryKind,
    hold: () => (raceFree ? new DescriptorFolders(path, processFiles) : new PathFolders(fs, fs.realpathSync(path), processFiles)),
    admit: admitDevice,
    ...(raceFree && { reopen }),
  })
  return { kinds, raceFree, root: () => openTree(volume, path, syscall) as KernelObject<'ht:host-directory'> }
}

/** The file system of the process's descriptors, where that is not proc(5): of BSD, and macOS. */
function descriptorDevices(): number[] {
  if (process.platform === 'linux') return []
  try {
    const { dev } = fs.statSync('/dev/fd')
    return dev === fs.statSync('/dev').dev ? [] : [dev]
  } catch {
    return []
  }
}

/** Opens the file behind a descriptor once more, with other flags, where the host is Linux with `/proc`. */
export function reopen(fd: number, flags: number): number {
  return fs.openSync(`/proc/self/fd/${fd}`, nativeFlags(flags, fs.constants))
}
