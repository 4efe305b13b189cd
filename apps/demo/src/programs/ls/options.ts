import { Failure } from '../failure.js'
import { quotedArgument } from '../quote.js'
import { columnsOf } from '../../libc/window.js'
import type { Command } from '../command.js'

export const OPTIONS = {
  all: 'a',
  'almost-all': 'A',
  directory: 'd',
  classify: 'F',
  'file-type': '',
  p: 'p',
  g: 'g',
  'no-group': 'G',
  'human-readable': 'h',
  inode: 'i',
  l: 'l',
  dereference: 'L',
  'numeric-uid-gid': 'n',
  o: 'o',
  reverse: 'r',
  recursive: 'R',
  size: 's',
  S: 'S',
  t: 't',
  u: 'u',
  c: 'c',
  U: 'U',
  v: 'v',
  X: 'X',
  'group-directories-first': '',
  color: '::',
  1: '1',
  C: 'C',
  x: 'x',
  width: 'w:',
  'hide-control-chars': 'q',
  literal: 'N',
  'quoting-style': ':',
} as const

export const HELP = `Lists the FILEs, and what is in those that are directories; the working directory if there are none.
  -a, --all              hidden names as well
  -A, --almost-all       the same, but . and ..
  -d, --directory        directories themselves, not what is in them
  -F, --classify, --file-type, -p   a sign behind names: one of */=@|, but *, or only /
  -l                     a line with what is known of each
  -g, -o, -G, --no-group   the same without owner, or without group
  -n, --numeric-uid-gid  the same with numbers of owner and group
  -h, --human-readable   sizes with a unit
  -i, --inode            the number of each inode
  -s, --size             how much room each takes, in KiB
  -L, --dereference      of links, what they lead to
  -R, --recursive        directories in directories as well
  -S, -t, -v, -X, -U     order by size, time, version, ending, not at all
  -u, -c                 with -t, order by time of access, of change of what is known; with -l, write it
  -r, --reverse          the other way round
      --group-directories-first   directories first
  -1, -C, -x             one name a line, or columns from top to bottom, or from left to right; -C on a terminal
  -w, --width=COLS       how many columns a line has; no limit for 0
  -q, --hide-control-chars   ? for what cannot be shown
  -N, --literal, --quoting-style=literal|shell-escape   names as they are, or quoted where a shell needs it
      --color            (ignored)
`

/** What ls is asked for. */
export interface Settings {
  hidden: 'none' | 'but-dots' | 'all'
  directories: boolean
  signs: 'none' | 'slash' | 'types' | 'all'
  long: boolean
  owner: boolean
  group: boolean
  numeric: boolean
  human: boolean
  inode: boolean
  size: boolean
  follow: boolean
  recursive: boolean
  reverse: boolean
  sort: 'name' | 'size' | 'time' | 'version' | 'ending' | 'none'
  time: 'mtimeMs' | 'atimeMs' | 'ctimeMs'
  directoriesFirst: boolean
  layout: 'lines' | 'columns' | 'across'
  /** How wide a line may be; Infinity for no limit. */
  width: number
  /** How names are shown. */
  quoting: 'literal' | 'marked' | 'quoted'
}

export function readSettings(command: Pick<Command<typeof OPTIONS>, 'options' | 'task'>): Settings {
  const columns = columnsOf(command.task, 1)
  const isOnTerminal = columns !== undefined
  const settings: Settings = {
    hidden: 'none',
    directories: false,
    signs: 'none',
    long: false,
    owner: true,
    group: true,
    numeric: false,
    human: false,
    inode: false,
    size: false,
    follow: false,
    recursive: false,
    reverse: false,
    sort: 'name',
    time: 'mtimeMs',
    directoriesFirst: false,
    layout: isOnTerminal ? 'columns' : 'lines',
    width: columns || Number(/^[1-9]\d{0,5}$/.exec(command.task.env['COLUMNS'] ?? '')?.[0] ?? 80),
    quoting: isOnTerminal ? 'quoted' : 'literal',
  }
  let sort: Settings['sort'] | undefined
  for (const { name, value } of command.options) {
    if (name === 'width') settings.width = widthOf(value)
    if (name === 'quoting-style') settings.quoting = quotingOf(value)
    if (name === 'literal') settings.quoting = isOnTerminal ? 'marked' : 'literal'
    if (name === 'hide-control-chars' && settings.quoting === 'literal') settings.quoting = 'marked'
    sort = SORTS[name] ?? sort
    Object.assign(settings, CHANGES[name])
  }
  // To order by a time that is not written may be what naming it means.
  settings.sort = sort ?? (settings.time !== 'mtimeMs' && !settings.long ? 'time' : 'name')
  return settings
}

const SORTS: Readonly<Record<string, Settings['sort']>> = { S: 'size', t: 'time', v: 'version', X: 'ending', U: 'none' }

const CHANGES: Readonly<Record<string, Partial<Settings>>> = {
  all: { hidden: 'all' },
  'almost-all': { hidden: 'but-dots' },
  directory: { directories: true },
  classify: { signs: 'all' },
  'file-type': { signs: 'types' },
  p: { signs: 'slash' },
  l: { long: true },
  g: { long: true, owner: false },
  o: { long: true, group: false },
  'no-group': { group: false },
  'numeric-uid-gid': { long: true, numeric: true },
  'human-readable': { human: true },
  inode: { inode: true },
  size: { size: true },
  dereference: { follow: true },
  recursive: { recursive: true },
  reverse: { reverse: true },
  u: { time: 'atimeMs' },
  c: { time: 'ctimeMs' },
  'group-directories-first': { directoriesFirst: true },
  1: { layout: 'lines' },
  C: { long: false, layout: 'columns' },
  x: { long: false, layout: 'across' },
}

function widthOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new Failure(`invalid line width: ${quotedArgument(text)}`)
  return Number(text) || Infinity
}

function quotingOf(style: string): Settings['quoting'] {
  if (style === 'literal') return 'literal'
  if (style === 'shell-escape') return 'quoted'
  throw new Failure(`unsupported argument ${quotedArgument(style)} for '--quoting-style'`)
}
