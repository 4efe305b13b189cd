import { RunningTask } from '../task/task.js'
import { traced } from './event.js'

/**
 * A task whose calls are told to a trace. A kernel without a trace makes plain tasks, whose calls therefore
 * have no check for it. The other forms of a call go through its errno form, or tell the trace themselves
 * where they wait.
 */
export class TracedTask extends RunningTask {}

type Call = (this: RunningTask, ...args: unknown[]) => unknown

for (const [form, call] of Object.entries<Call>(RunningTask.prototype as never)) {
  if (!form.endsWith('Errno')) continue
  Object.assign(TracedTask.prototype, {
    [form](this: RunningTask, ...args: unknown[]): unknown {
      const result = call.apply(this, args)
      traced(this, form.slice(0, -'Errno'.length), args, result)
      return result
    },
  })
}
