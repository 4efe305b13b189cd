import type { LsofHandle, LsofTask } from '@ht/kernel'

/**
 * Tasks, their handles, and the objects that the handles share, a line for each task. `←` reads, `→` writes,
 * `↔` does both; `×2` says that two handles name the open object.
 */
export function drawTasks(tasks: readonly LsofTask[]): string[] {
  const rows = tasks.map(({ task, name, handles }) => [`task ${String(task)} ${name}`, ...handles.map(drawHandle)])
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('   ')}`.trimEnd())
}

const ARROWS: Record<LsofHandle['mode'], string> = { ReadOnly: '←', WriteOnly: '→', ReadWrite: '↔' }

function drawHandle({ handle, mode, holders, ...object }: LsofHandle): string {
  return `${String(handle)} ${ARROWS[mode]} ${nameOf(handle, object)} ×${String(holders)}`
}

/**
 * The short name of an object: of a pipe which one, of a socket its addresses, of a file its last name, of the host's
 * streams what they are for.
 */
function nameOf(handle: number, { kind, description }: Pick<LsofHandle, 'kind' | 'description'>): string {
  if (kind === 'ht:stdio') return ['input', 'output', 'errors'][handle] ?? 'stream'
  if (kind === 'ht:tcp') return socketName(description)
  const pipe = /\bpipe \d+/.exec(description)?.[0]
  // A file's line is its name, and where it is at.
  const file = /^(.*?)(?: \(descriptor \d+\))?, at \d+(?: of \d+)?$/.exec(description)?.[1]
  return (kind === 'ht:pipe' ? pipe : file?.split('/').at(-1)) ?? (description || kind)
}

/** Of a connection its own address and its peer's; of a socket that listens the one where it does. */
function socketName(description: string): string {
  const addresses = description.match(/\S+:\d+/g) ?? []
  return ['tcp', ...(description.includes('listen') ? ['listens on'] : []), addresses.join('–')].join(' ').trimEnd()
}
