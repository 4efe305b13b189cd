import { checkGroup } from '../task/groups.js'
import { executableOf } from '../task/program.js'
import { start } from '../task/spawn.js'
import { WorkingDirectory } from '../task/working-directory.js'
import { traced } from '../trace/event.js'
import type { HandleTable, KernelObject } from '@ht/core'
import type { RunningTask } from '../task/task.js'
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
  try {
    const task = kernel.add({
      parent,
      processGroup: checkGroup(kernel, request.processGroup ?? undefined),
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
    traced(parent, shared ? 'clone' : forked ? 'fork' : 'spawn', [name, ...(forked ? [] : [args])], task.id)
    start(task, executableOf(request.program))
    return task
  } catch (error) {
    table.dispose()
    directory?.release()
    throw error
  }
}
