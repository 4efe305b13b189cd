import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, type Stat } from '@ht/core'
import { compareVersions } from '../sort/version.js'
import type { Settings } from './options.js'

/** A name that is listed, and what is known of it. */
export interface Entry {
  readonly name: string
  readonly stat: Stat
  /** Where a symbolic link leads, and what is there, if anything is. */
  readonly link?: { readonly target: string; readonly stat: Stat | undefined }
}

export function isDirectory({ stat }: Pick<Entry, 'stat'>): boolean {
  return (stat.mode & S_IFMT) === S_IFDIR
}

/** Puts entries in the order that is asked for. */
export function inOrder(entries: readonly Entry[], { sort, time, reverse, directoriesFirst }: Settings): Entry[] {
  const byName = (a: Entry, b: Entry) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  const orders = {
    name: () => 0,
    size: (a: Entry, b: Entry) => b.stat.size - a.stat.size,
    time: (a: Entry, b: Entry) => b.stat[time] - a.stat[time],
    version: (a: Entry, b: Entry) => compareVersions(a.name, b.name),
    ending: (a: Entry, b: Entry) => (ending(a.name) < ending(b.name) ? -1 : ending(a.name) > ending(b.name) ? 1 : 0),
  }
  const sign = reverse ? -1 : 1
  const first = ({ stat, link }: Entry) => Number(directoriesFirst && isDirectory({ stat: link?.stat ?? stat }))
  if (sort === 'none') return [...entries]
  return [...entries].sort((a, b) => first(b) - first(a) || sign * (orders[sort](a, b) || byName(a, b)))
}

function ending(name: string): string {
  const at = name.lastIndexOf('.')
  return at < 0 ? '' : name.slice(at)
}

/** The sign behind a name that says what it is. */
export function signOf(mode: number, signs: Settings['signs']): string {
  const type = mode & S_IFMT
  if (signs === 'none') return ''
  if (type === S_IFDIR) return '/'
  if (signs === 'slash') return ''
  if (type === S_IFREG) return signs === 'all' && (mode & 0o111) !== 0 ? '*' : ''
  return type === S_IFLNK ? '@' : type === S_IFIFO ? '|' : type === S_IFSOCK ? '=' : ''
}
