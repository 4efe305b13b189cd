import { cd } from './cd.js'
import { echo } from './echo.js'
import { exit } from './exit.js'
import { exportBuiltin } from './export.js'
import { help } from './help.js'
import { jobs } from './jobs.js'
import { kill } from './kill.js'
import { breakBuiltin, continueBuiltin } from './loops.js'
import { printf } from './printf.js'
import { pwd } from './pwd.js'
import { bracket, test } from './test.js'
import { createCommand, createType } from './type.js'
import { unset } from './unset.js'
import { wait } from './wait.js'
import type { Builtin } from './builtin.js'

/** The commands that the shell executes itself, in its own task, as bash does. */
export const builtins: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  '[': bracket,
  break: breakBuiltin,
  cd,
  command: createCommand(isBuiltin),
  continue: continueBuiltin,
  echo,
  exit,
  export: exportBuiltin,
  false: () => 1,
  help,
  jobs,
  kill,
  printf,
  pwd,
  test,
  true: () => 0,
  type: createType(isBuiltin),
  unset,
  wait,
}

function isBuiltin(name: string): boolean {
  return Object.hasOwn(builtins, name)
}
