/**
 * A shell whose pipelines are tasks of a kernel's: a language of commands as bash has it, on handle tables. It behaves
 * as `LC_ALL=C bash -c` does for what it has, and refuses by name what it does not have.
 *
 * @packageDocumentation
 */

export { Shell } from './shell.js'
export type { ShellOptions } from './shell.js'
export { inputProgram, scriptProgram, shellProgram } from './script.js'
export { isComplete } from './parse/is-complete.js'
export { complete } from './complete.js'
export type { Completion } from './complete.js'
export type { Programs } from './interpreter.js'
