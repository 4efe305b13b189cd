import { S_IFMT, S_IFREG } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { takeOptions, type Builtin } from './builtin.js'
import type { Interpreter } from '../interpreter.js'

/** What a name of a command stands for, and where it is if it is a program. */
interface Meaning {
  readonly type: 'keyword' | 'builtin' | 'file'
  readonly path: string
}

const KEYWORDS: ReadonlySet<string> = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'for',
  'in',
  'while',
  'until',
  'do',
  'done',
  '{',
  '}',
  '!',
])

/** Makes `type`, which says what commands are. `isBuiltin` knows the shell's own. */
export function createType(isBuiltin: (name: string) => boolean): Builtin {
  return async (shell, args) => {
    const { options, operands } = takeOptions(args, 'aftpP', 'type [-afptP] name [name ...]')
    let status = 0
    for (const name of operands) {
      let found = meaningsOf(shell, name, isBuiltin)
      if (options.includes('P')) found = found.filter(({ type }) => type === 'file')
      const shown = options.includes('a') ? found : found.slice(0, 1)
      if (shown.length === 0) {
        status = 1
        if (!/[tpP]/.test(options)) await shell.complain(`type: ${name}: not found`)
      }
      for (const meaning of shown) {
        if (options.includes('t')) await shell.print(`${meaning.type}\n`)
        else if (!/[pP]/.test(options)) await shell.print(`${described(name, meaning)}\n`)
        else if (meaning.type === 'file') await shell.print(`${meaning.path}\n`)
      }
    }
    return status
  }
}

/** Makes `command -v` and `command -V`; without them, `command` is taken away before a command is looked up. */
export function createCommand(isBuiltin: (name: string) => boolean): Builtin {
  return async (shell, args) => {
    const { options, operands } = takeOptions(args, 'pvV', 'command [-pVv] command [arg ...]')
    const isVerbose = options.endsWith('V')
    let any = operands.length === 0
    for (const name of operands) {
      const [meaning] = meaningsOf(shell, name, isBuiltin)
      if (meaning !== undefined) any = true
      if (meaning === undefined) {
        if (isVerbose) await shell.complain(`command: ${name}: not found`)
      } else await shell.print(`${isVerbose ? described(name, meaning) : meaning.path}\n`)
    }
    return any ? 0 : 1
  }
}

function described(name: string, { type, path }: Meaning): string {
  return type === 'file' ? `${name} is ${path}` : `${name} is a shell ${type}`
}

function meaningsOf({ setup, task }: Interpreter, name: string, isBuiltin: (name: string) => boolean): Meaning[] {
  const meanings: Meaning[] = []
  if (KEYWORDS.has(name)) meanings.push({ type: 'keyword', path: name })
  if (isBuiltin(name)) meanings.push({ type: 'builtin', path: name })
  if (Object.hasOwn(setup.programs, toText(name))) meanings.push({ type: 'file', path: `/usr/bin/${name}` })
  if (name.includes('/')) {
    try {
      const { mode } = task.stat(toText(name))
      if ((mode & S_IFMT) === S_IFREG && (mode & 0o111) !== 0) meanings.push({ type: 'file', path: name })
    } catch {
      // There is none.
    }
  }
  return meanings
}
