import { S_IFLNK, S_IFMT, S_IFREG, type Stat } from '@ht/core'
import { pathIn, type Folder } from './folders.js'
import type { FsLike } from './fs.js'

/** What statfs(2) says of Linux's proc(5). */
const PROC_SUPER_MAGIC = 0x9fa0
/** The inode of its root. */
const PROC_ROOT = 1
/** Files in it that tell of the machine, and of no process. */
const OF_THE_MACHINE = new Set(['cpuinfo', 'filesystems', 'loadavg', 'meminfo', 'stat', 'uptime', 'version', 'vmstat'])

/**
 * Finds out which files of a file system are processes' own: their handles, memory, environment, directories. Whatever is
 * in proc(5) is, but for its root and a few files there. What counts is the file system that a file is in, not how the path
 * was spelled, so that no link and no mount leads around it. On the usual way it costs one comparison.
 */
export class ProcessFiles {
  readonly #fs: FsLike
  /** The device that was met last and has none. */
  #usual = NaN
  /** Of each device that was met, whether it is one of processes' files. */
  readonly #known: Map<number, boolean>

  /** @param devices those that are known to be of processes' files */
  constructor(fs: FsLike, devices: readonly number[] = []) {
    this.#fs = fs
    this.#known = new Map(devices.map((device) => [device, true]))
  }

  /** Whether what a name in a folder was found to be is to be taken for nothing. */
  hides(stat: Stat, folder: Folder, name: string): boolean {
    if (stat.dev === this.#usual) return false
    if (!this.#isOfProcesses(stat, folder, name)) {
      this.#usual = stat.dev
      return false
    }
    if (stat.ino === PROC_ROOT) return false
    if ((stat.mode & S_IFMT) !== S_IFREG || !OF_THE_MACHINE.has(name)) return true
    // A process may have files of these names too.
    const { dev, ino } = this.#fs.lstatSync(pathIn(folder, '.'))
    return dev !== stat.dev || ino !== PROC_ROOT
  }

  #isOfProcesses(stat: Stat, folder: Folder, name: string): boolean {
    const known = this.#known.get(stat.dev)
    if (known !== undefined || this.#fs.statfsSync === undefined) return known ?? false
    // A link is where its directory is; statfs(2) would follow it.
    const path = pathIn(folder, (stat.mode & S_IFMT) === S_IFLNK ? '.' : name)
    const isOfProcesses = Number(this.#fs.statfsSync(path).type) === PROC_SUPER_MAGIC
    this.#known.set(stat.dev, isOfProcesses)
    return isOfProcesses
  }
}
