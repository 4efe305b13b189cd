/**
 * The programs of the shell, each of which behaves as the system's tool of that name does where LC_ALL is C: the same
 * bytes, messages and status, for the options that it has.
 */

import { cat } from './cat.js'
import { echo } from './echo.js'
import { createEnv } from './env.js'
import { grep } from './grep/grep.js'
import { head } from './head.js'
import { ls } from './ls/ls.js'
import { lsof } from './lsof.js'
import { nc } from './nc/nc.js'
import { pwd } from './pwd.js'
import { seq } from './seq.js'
import { sleep } from './sleep.js'
import { sort } from './sort/sort.js'
import { tail } from './tail.js'
import { tee } from './tee.js'
import { uniq } from './uniq.js'
import { wc } from './wc.js'
import { yes } from './yes.js'
import { cp } from './files/cp.js'
import { ln } from './files/ln.js'
import { mkdir } from './files/mkdir.js'
import { mv } from './files/mv.js'
import { rm } from './files/rm.js'
import { rmdir } from './files/rmdir.js'
import { touch } from './files/touch.js'
import type { Program } from '@ht/kernel'

export const programs: Readonly<Record<string, Program>> = {
  cat,
  cp,
  echo,
  env: createEnv((name) => (Object.hasOwn(programs, name) ? programs[name] : undefined)),
  false: () => 1,
  grep,
  head,
  ln,
  ls,
  lsof,
  mkdir,
  mv,
  nc,
  pwd,
  rm,
  rmdir,
  seq,
  sleep,
  sort,
  tail,
  tee,
  touch,
  true: () => 0,
  uniq,
  wc,
  yes,
}

/** What a program's `--help` says; nothing for one that has none. */
export function helpOf(program: string): string | undefined {
  return Object.hasOwn(programs, program) ? (programs[program] as { help?: string }).help : undefined
}
