import { isHandleError, type Handle } from '@ht/core'
import { AF_UNIX, SOCK_STREAM } from '@ht/core/socket'
import type { WorkerTask } from '@ht/kernel/worker'

/*
 * Two tasks with one table (CLONE_FILES). One makes a number name a socket that no handle can write, and another
 * socket, in turn; the other one writes to that number by every call that there is.
 */

const one = new Uint8Array(1)
const many = new Uint8Array(4096)

export const rightsPrograms: Record<string, (task: WorkerTask) => unknown> = {
  changes(task) {
    const [readOnly, peer] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const [open, other] = task.socketpair(AF_UNIX, SOCK_STREAM)
    task.setHandleRole(readOnly, { accessMode: 'ReadOnly' })
    const [reports, report] = task.pipe2()
    const number = task.dup(open)
    const args = [number, other, report, task.args[0]].map(String)
    const child = task.clone('writes', { worker: true, files: true, args })
    let rounds = 0
    while (task.bytesWaiting(reports) === 0) {
      task.dup2(readOnly, number)
      task.dup2(open, number)
      rounds++
    }
    const count = task.read(reports, many)
    task.waitSync(child)
    const leaked = task.bytesWaiting(peer)
    const outcome = JSON.parse(new TextDecoder().decode(many.slice(0, count))) as object
    task.writeSync(1, new TextEncoder().encode(JSON.stringify({ ...outcome, leaked, rounds })))
  },

  writes(task) {
    const [number, other, report, calls] = task.args.map(Number) as [Handle, Handle, Handle, number]
    const ways: (() => number)[] = [
      () => task.writeErrno(number, one),
      () => task.writevErrno(number, [one, one]),
      () => task.sendErrno(number, one),
      () => thrown(() => task.writeSync(number, one)),
      () => thrown(() => task.sendSync(number, one)),
      () => thrown(() => task.writevSync(number, [one])),
    ]
    let written = 0
    let refused = 0
    for (let i = 0; i < calls || written < MET || refused < MET; i++) {
      const result = ways[i % ways.length]!()
      if (result > 0) written += result
      else if (result === -9) refused++
      // The way has to stay free, or a call that waits for it would wait for ever.
      if (i % 100 === 0) while (task.readErrno(other, many) > 0);
    }
    task.write(report, new TextEncoder().encode(JSON.stringify({ written, refused })))
  },
}

/** How often the writer has to have met each of both. */
const MET = 100

function thrown(call: () => number): number {
  try {
    return call()
  } catch (error) {
    if (isHandleError(error)) return -error.errno
    throw error
  }
}
