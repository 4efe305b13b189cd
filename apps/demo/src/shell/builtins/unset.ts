import { takeOptions, type Builtin } from './builtin.js'

export const unset: Builtin = async (shell, args) => {
  const { options, operands } = takeOptions(args, 'fnv', 'unset [-f] [-v] [-n] [name ...]')
  if (options.includes('f') && options.includes('v')) {
    await shell.complain('unset: cannot simultaneously unset a function and a variable')
    return 1
  }
  // There are no functions.
  if (!options.includes('f')) for (const name of operands) shell.variables.unset(name)
  return 0
}
