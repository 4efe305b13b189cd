import { errnoFrom } from '@ht/core'
import { nameOf } from '../task/spawn.js'
import { RunningTask } from '../task/task.js'
import { traced } from './event.js'
import type { Executable } from '../task/program.js'

type Call = (this: RunningTask, ...args: unknown[]) => unknown

/**
 * Has the calls of a sort of tasks told to their kernel's tracer. A kernel without a trace makes plain tasks, whose
 * calls therefore have no check for it. Calls that wait tell the tracer themselves, and so does what makes a child or
 * executes a program, when that has been done.
 */
export function traceCalls(prototype: RunningTask): void {
  const forms = prototype as unknown as Record<string, Call>
  // Those that are inherited too.
  for (const form in forms) {
    if (form.endsWith('Errno'))
      define(
        forms,
        form,
        throughout(form.slice(0, -'Errno'.length), forms[form]!, (args) => args),
      )
  }
  define(
    forms,
    'tryWait',
    throughout('tryWait', forms['tryWait']!, ([child]) => [(child as { id?: unknown } | undefined)?.id ?? child]),
  )
  define(
    forms,
    'onSignal',
    throughout('onSignal', forms['onSignal']!, (args) => args.map(actionOf), actionOf),
  )
  for (const name of ['spawn', 'fork', 'clone', 'exec']) define(forms, name, failing(name, forms[name]!))
}

/** A task whose calls are told to a trace in the kernel's own thread. */
export class TracedTask extends RunningTask {}

traceCalls(TracedTask.prototype)

/** A call that is told from its beginning to its end. */
function throughout(
  name: string,
  call: Call,
  argsOf: (args: unknown[]) => unknown[],
  resultOf: (result: unknown) => unknown = (result) => result,
): Call {
  return function (...args) {
    const told = this.kernel.tracer?.begin(this, name, argsOf(args))
    try {
      const result = call.apply(this, args)
      told?.answered(result)
      told?.end(resultOf(result))
      return result
    } catch (error) {
      told?.end(errnoFrom(error))
      throw error
    }
  }
}

/** A call that is told here where it fails. */
function failing(name: string, call: Call): Call {
  return function (...args) {
    const fail = (error: unknown) => {
      const [program, options] = args as [unknown, { name?: unknown; args?: unknown } | null | undefined]
      const called = options?.name ?? (isExecutable(program) ? nameOf(program) : undefined)
      traced(this, name, options?.args === undefined ? [called] : [called, options.args], errnoFrom(error))
    }
    try {
      const result = call.apply(this, args)
      if (!(result instanceof Promise)) return result
      return result.catch((error: unknown) => {
        fail(error)
        throw error
      })
    } catch (error) {
      fail(error)
      throw error
    }
  }
}

function isExecutable(program: unknown): program is Executable {
  return typeof program === 'function' || typeof program === 'string' || program instanceof URL
}

/** What a signal does, or which one it is: a function is only called one. */
function actionOf(value: unknown): unknown {
  return typeof value === 'function' ? 'function' : value
}

function define(forms: object, name: string, call: Call): void {
  Object.defineProperty(forms, name, { value: call, configurable: true, writable: true })
}
