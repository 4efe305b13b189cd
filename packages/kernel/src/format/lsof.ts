import type { AccessMode, SpecialSemantics } from '@ht/core'
import type { LsofTask } from '../lsof.js'

/** `lsof`'s data as text: a line for each handle, and one for a task that has none, in columns. */
export function formatLsof(tasks: readonly LsofTask[]): string {
  const rows = tasks.flatMap(({ task, name, table, state, handles }) => {
    const who = [String(task), name, String(table)]
    if (handles.length === 0) return [[...who, '-', '', '', '', '', '', '', '', state === 'zombie' ? 'has ended' : '']]
    return handles.map((it) => [
      ...who,
      String(it.handle),
      String(it.object),
      it.kind,
      MODES[it.mode],
      it.role,
      it.flags.map((flag) => FLAGS[flag]).join(','),
      String(it.holders),
      String(it.references),
      it.description,
    ])
  })
  return columns([HEADER, ...rows])
}

const HEADER = ['TASK', 'NAME', 'TABLE', 'HANDLE', 'OBJECT', 'KIND', 'MODE', 'ROLE', 'FLAGS', 'HOLDERS', 'REFS', 'DESCRIPTION']
/** Columns of numbers, which stand at the right. */
const NUMBERS = new Set(['TASK', 'TABLE', 'HANDLE', 'OBJECT', 'HOLDERS', 'REFS'])
const MODES: Record<AccessMode, string> = { ReadOnly: 'r', WriteOnly: 'w', ReadWrite: 'rw' }
const FLAGS: Record<SpecialSemantics, string> = {
  CloseOnExec: 'cloexec',
  NonBlocking: 'nonblock',
  Append: 'append',
  Sync: 'sync',
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = HEADER.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  const pad = (text: string, i: number) => (NUMBERS.has(HEADER[i]!) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('')
}
