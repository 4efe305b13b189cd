import { cd } from './cd.js'
import { echo } from './echo.js'
import { exit } from './exit.js'
import { exportBuiltin } from './export.js'
import { jobs } from './jobs.js'
import { kill } from './kill.js'
import { breakBuiltin, continueBuiltin } from './loops.js'
import { pwd } from './pwd.js'
import { unset } from './unset.js'
import { wait } from './wait.js'
import type { Builtin } from './builtin.js'

/** The commands that the shell executes itself, in its own task, as bash does. */
export const builtins: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  break: breakBuiltin,
  cd,
  continue: continueBuiltin,
  echo,
  exit,
  export: exportBuiltin,
  false: () => 1,
  jobs,
  kill,
  pwd,
  true: () => 0,
  unset,
  wait,
}
