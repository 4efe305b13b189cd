import { checkGroup } from '../task/groups.js'
import { executableOf } from '../task/program.js'
import { reserveFor, start } from '../task/spawn.js'
import { WorkingDirectory } from '../task/working-directory.js'
import { traced } from '../trace/event.js'
import type { HandleTable, KernelObject } from '@ht/core'
import type { RunningTask } from '../task/task.js'
import type { ReservedWorker } from '../task/threads.js'
import type { StartRequest } from './protocol.js'

/** Starts a task that a task in a worker has prepared: its table stands, and is the kernel's from now on. */
export function startedBy(
  parent: RunningTask,
  request: StartRequest,
  table: HandleTable,
  directory: KernelObject | undefined,
): RunningTask {
  const { kernel } = parent
  const { forked, name, args, env, shared, mask, ignored } = request
  let reserved: ReservedWorker | undefined
  try {
    const program = executableOf(request.program)
    const processGroup = checkGroup(kernel, request.processGroup ?? undefined)
    reserved = reserveFor(kernel, parent.account, program)
    const task = kernel.add({
      parent,
      account: parent.account,
      processGroup,
      forked,
      name,
      args: Object.freeze([...args]),
      env: Object.freeze({ ...env }),
      table,
      tableId: shared ? parent.tableId : kernel.nextTableId(),
      workingDirectory: directory && new WorkingDirectory(directory),
      mask,
      actions: new Map(ignored.map((signal) => [signal, 'ignore'])),
    })
    traced(
      parent,
      shared ? 'clone' : forked ? 'fork' : 'spawn',
      [name, ...(forked && args.join('\0') === parent.args.join('\0') ? [] : [args])],
      task.id,
    )
    start(task, program, reserved)
    return task
  } catch (error) {
    reserved?.giveBack()
    table.dispose()
    directory?.release()
    throw error
  }
}
