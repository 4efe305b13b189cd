import { cloneFiles } from './clone-files.js'
import { closeOnExec } from './close-on-exec.js'
import { fork } from './fork.js'
import { ownKind } from './own-kind.js'
import { redirection } from './redirection.js'
import { tcp } from './tcp.js'
import type { Print } from '../first-minute.js'

/** What comes after the first screen, one rule of tables each. */
export const steps: readonly ((line: Print) => Promise<void>)[] = [redirection, fork, cloneFiles, closeOnExec, tcp, ownKind]
