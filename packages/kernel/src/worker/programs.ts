import { HandleError } from '@ht/core'
import { checkFunction, checkObject } from '../check.js'
import type { Executable, Program } from '../task/program.js'
import type { WorkerTask } from './worker-task.js'

/** A program that runs in a worker: its task has the calls that block, so that it need not be async. */
export type WorkerProgram = ((task: WorkerTask) => ReturnType<Program>) | ((task: WorkerTask) => void)

/** Programs that can be started by their names. */
export type WorkerPrograms = Readonly<Record<string, WorkerProgram>>

/** @throws EINVAL that names a program that is not a function */
export function checkPrograms(programs: WorkerPrograms): void {
  checkObject(programs, 'options.programs')
  for (const [name, program] of Object.entries(programs)) checkFunction(program, `options.programs.${name}`)
}

/** A program by its name. @throws ENOENT that names those that there are */
function programNamed(programs: WorkerPrograms, name: string): Program {
  if (Object.hasOwn(programs, name)) return programs[name] as Program
  const names = Object.keys(programs)
  const known = names.length === 0 ? 'none' : `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}`
  throw new HandleError('ENOENT', {
    text: `no program is named ${JSON.stringify(name)} in this worker; runWorker was given: ${known}`,
  })
}

/** The function that is to run: a module's is its default export. @throws ENOENT, ENOEXEC; what importing it throws */
export async function findProgram(programs: WorkerPrograms, program: Executable): Promise<Program> {
  if (typeof program === 'function') return program
  if (typeof program === 'string') return programNamed(programs, program)
  const { default: found } = (await import(/* @vite-ignore */ program.href)) as { default?: Program }
  if (typeof found !== 'function')
    throw new HandleError('ENOEXEC', { text: `the default export of ${program.href} is not a function` })
  return found
}

/** How many names a message has at most. */
const LISTED = 20
