import { O_RDONLY } from '@ht/core'
import { fromBytes } from '../../libc/byte-string.js'
import type { Task } from '@ht/kernel'
import type { Owners } from './columns.js'

/** The names in the tree's own /etc/passwd and /etc/group, if it has them. */
export function readOwners(task: Task): Owners {
  return { users: names(task, '/etc/passwd'), groups: names(task, '/etc/group') }
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
