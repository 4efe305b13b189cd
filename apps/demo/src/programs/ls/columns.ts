import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFSOCK, type Stat } from '@ht/core'
import { quoted } from '../quote.js'
import { signOf, type Entry } from './entry.js'
import type { Settings } from './options.js'

/** The names of users and groups, by their numbers. */
export interface Owners {
  readonly users: ReadonlyMap<number, string>
  readonly groups: ReadonlyMap<number, string>
}

/** How much room entries take together, as it is written in front of them. */
export function totalOf(entries: readonly Entry[], settings: Settings): string {
  return room(
    entries.reduce((sum, { stat }) => sum + stat.blocks, 0),
    settings,
  )
}

/** The lines of a list; columns are as wide as those of another list would have to be that it is a part of. */
export function formatList(
  entries: readonly Entry[],
  whole: readonly Entry[],
  settings: Settings,
  owners: Owners,
): string[] {
  const rows = rowsOf(entries, settings, owners)
  const all = whole === entries ? rows : rowsOf(whole, settings, owners)
  const widths = all.reduce<number[]>(
    (widest, row) => row.map(({ text }, i) => Math.max(widest[i] ?? 0, text.length)),
    [],
  )
  alignDevices(rows, entries, widths)
  // Where names are below each other, quotes are as well.
  const isAligned = (settings.long || settings.layout !== 'lines') && settings.quoting === 'quoted' && entries.some(({ name }) => quoted(name) !== name)
  return rows.map((row, i) =>
    [...row.map((cell, column) => aligned(cell, widths[column]!)), nameOf(entries[i]!, settings, isAligned)].join(' '),
  )
}

function rowsOf(entries: readonly Entry[], settings: Settings, owners: Owners): Cell[][] {
  const { inode, size, long } = settings
  return entries.map(({ stat }) => [
    ...(inode ? [right(String(stat.ino))] : []),
    ...(size ? [right(room(stat.blocks, settings))] : []),
    ...(long ? longColumns(stat, settings, owners) : []),
  ])
}

interface Cell {
  readonly text: string
  readonly side: 'left' | 'right'
}

const left = (text: string): Cell => ({ text, side: 'left' })
const right = (text: string): Cell => ({ text, side: 'right' })

function aligned({ text, side }: Cell, width: number): string {
  return side === 'left' ? text.padEnd(width) : text.padStart(width)
}

function longColumns(stat: Stat, settings: Settings, { users, groups }: Owners): Cell[] {
  const { owner, group, numeric, human, time } = settings
  const named = (names: ReadonlyMap<number, string>, id: number) => {
    const name = numeric ? undefined : names.get(id)
    return name === undefined ? right(String(id)) : left(name)
  }
  return [
    left(modeOf(stat.mode)),
    right(String(stat.nlink)),
    ...(owner ? [named(users, stat.uid)] : []),
    ...(group ? [named(groups, stat.gid)] : []),
    right(isDevice(stat) ? deviceOf(stat.rdev) : human ? humanSize(stat.size) : String(stat.size)),
    left(timeOf(stat[time])),
  ]
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

function isDevice({ mode }: Stat): boolean {
  const type = mode & S_IFMT
  return type === S_IFCHR || type === S_IFBLK
}

/** Major and minor number, as Linux packs them. */
function deviceOf(rdev: number): string {
  const number = BigInt(rdev)
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn)
  const minor = (number & 0xffn) | ((number >> 12n) & ~0xffn)
  return `${major}, ${minor}`
}

/** Devices' two numbers stand below each other. */
function alignDevices(rows: Cell[][], entries: readonly Entry[], widths: number[]): void {
  const devices = rows.filter((_, i) => isDevice(entries[i]!.stat))
  const column = rows[0] === undefined ? -1 : rows[0].length - 2
  if (devices.length === 0 || column < 1) return
  const pairs = devices.map((row) => row[column]!.text.split(', '))
  const minors = Math.max(...pairs.map(([, minor = '']) => minor.length))
  const majors = Math.max(...pairs.map(([major = '']) => major.length))
  devices.forEach((row, i) => (row[column] = right(`${pairs[i]![0]!}, ${pairs[i]![1]!.padStart(minors)}`)))
  widths[column] = Math.max(majors + 2 + minors, ...rows.map((row) => row[column]!.text.length))
}

/** So many blocks of 512 bytes, in KiB. */
function room(blocks: number, { human }: Settings): string {
  return human ? humanSize(blocks * 512) : String(Math.ceil(blocks / 2))
}

/** Bytes with a unit, rounded up: `1.5K`, `12M`. */
function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes)
  let [size, unit] = [bytes, 0]
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024
    unit++
  }
  let shown = size < 10 ? Math.ceil(size * 10) / 10 : Math.ceil(size)
  if (shown >= 1024 && unit < UNITS.length - 1) {
    shown = 1
    unit++
  }
  return `${shown < 10 ? shown.toFixed(1) : shown}${UNITS[unit]!}`
}

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E']

/** A name as it is shown: a space stands where others have a quote. */
function shown(name: string, quoting: Settings['quoting'], isAligned = false): string {
  if (quoting === 'literal') return name
  if (quoting === 'marked') return name.replace(/[^\x20-\x7e]/g, '?')
  const inQuotes = quoted(name)
  return isAligned && inQuotes === name ? ` ${name}` : inQuotes
}

function nameOf({ name: plain, stat, link }: Entry, { long, signs, quoting }: Settings, isAligned: boolean): string {
  const name = shown(plain, quoting, isAligned)
  if (!long || link === undefined) return name + signOf(stat.mode, signs)
  const sign = link.stat === undefined || signs === 'slash' ? '' : signOf(link.stat.mode, signs)
  return `${name} -> ${shown(link.target, quoting)}${sign}`
}
