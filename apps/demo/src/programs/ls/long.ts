import { O_RDONLY, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFSOCK, type Stat } from '@ht/core'
import { fromBytes } from '../../libc/byte-string.js'
import type { Task } from '@ht/kernel'

/** The names of users and groups, by their numbers. */
export interface Owners {
  readonly users: ReadonlyMap<number, string>
  readonly groups: ReadonlyMap<number, string>
}

/** The names in the tree's own /etc/passwd and /etc/group, if it has them. */
export function readOwners(task: Task): Owners {
  return { users: names(task, '/etc/passwd'), groups: names(task, '/etc/group') }
}

/** What is written of a file in front of its name; numbers are to be aligned to the right, texts to the left. */
export function longCells(stat: Stat, { users, groups }: Owners, human: boolean): (string | Aligned)[] {
  const { mode, nlink, uid, gid, size, rdev, mtimeMs } = stat
  const isDevice = [S_IFCHR, S_IFBLK].includes(mode & S_IFMT)
  const named = (found: ReadonlyMap<number, string>, id: number) => found.get(id) ?? right(String(id))
  const shownSize = isDevice ? deviceOf(rdev) : human ? humanSize(size) : String(size)
  return [modeOf(mode), right(String(nlink)), named(users, uid), named(groups, gid), right(shownSize), timeOf(mtimeMs)]
}

/** A cell that is aligned to the right. */
export interface Aligned {
  readonly right: string
}

export function right(text: string): Aligned {
  return { right: text }
}

/** Bytes with a unit, rounded up: `1.5K`, `12M`. */
export function humanSize(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (Math.ceil(size) >= 1024) {
    size /= 1024
    unit++
  }
  if (unit === 0) return String(bytes)
  const tenths = Math.ceil(size * 10) / 10
  return `${tenths < 10 ? tenths.toFixed(1) : Math.ceil(size)}${'KMGTPE'[unit - 1]!}`
}

const TYPES: Readonly<Record<number, string>> = {
  [S_IFDIR]: 'd',
  [S_IFLNK]: 'l',
  [S_IFCHR]: 'c',
  [S_IFBLK]: 'b',
  [S_IFIFO]: 'p',
  [S_IFSOCK]: 's',
}

function modeOf(mode: number): string {
  const bits = (shift: number, special: number, letter: string) => {
    const [r, w, x] = [4, 2, 1].map((bit) => ((mode >> shift) & bit) !== 0)
    const execute = (mode & special) !== 0 ? (x ? letter : letter.toUpperCase()) : x ? 'x' : '-'
    return `${r ? 'r' : '-'}${w ? 'w' : '-'}${execute}`
  }
  return (TYPES[mode & S_IFMT] ?? '-') + bits(6, 0o4000, 's') + bits(3, 0o2000, 's') + bits(0, 0o1000, 't')
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Half a year: times that are longer ago, or to come, are written with their year. */
const RECENT_MS = (31_556_952 / 2) * 1000

/** A time, in the host's own zone. */
function timeOf(ms: number): string {
  const date = new Date(ms)
  const day = `${MONTHS[date.getMonth()]!} ${String(date.getDate()).padStart(2)}`
  const now = Date.now()
  // The clock may be read a little coarser than a file's time.
  if (ms <= now - RECENT_MS || ms > now + 1) return `${day}  ${date.getFullYear()}`
  return `${day} ${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
}

/** Major and minor number, as Linux packs them. */
function deviceOf(rdev: number): string {
  const number = BigInt(rdev)
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn)
  const minor = (number & 0xffn) | ((number >> 12n) & ~0xffn)
  return `${major}, ${minor}`
}

function names(task: Task, path: string): Map<number, string> {
  const found = new Map<number, string>()
  for (const line of contentOf(task, path).split('\n')) {
    const [name = '', , id = ''] = line.split(':')
    if (/^\d+$/.test(id) && !found.has(Number(id))) found.set(Number(id), name)
  }
  return found
}

/** A file's bytes; nothing where there is none that can be read. */
function contentOf(task: Task, path: string): string {
  const file = task.openErrno(path, O_RDONLY)
  if (file < 0) return ''
  try {
    const buffer = new Uint8Array(65_536)
    let content = ''
    for (let count; (count = task.readErrno(file, buffer)) > 0;) content += fromBytes(buffer.subarray(0, count))
    return content
  } finally {
    task.closeErrno(file)
  }
}
