import { fromText, toText } from '../../libc/byte-string.js'
import type { Builtin } from './builtin.js'

/** How each builtin is called, and what it does. */
const BUILTINS: Readonly<Record<string, readonly [usage: string, what: string]>> = {
  ':': [':', 'does nothing'],
  '[': ['[ EXPRESSION ]', 'the same as test EXPRESSION'],
  break: ['break [N]', 'leaves a loop, or N of them'],
  cd: ['cd [-LP] [DIRECTORY]', 'changes the directory: home, or - for back'],
  command: ['command [-vV] NAME [ARG]...', 'runs NAME; with -v or -V, says what it is'],
  continue: ['continue [N]', 'goes on with the next round of a loop'],
  echo: ['echo [-neE] [ARG]...', 'writes its arguments'],
  exit: ['exit [STATUS]', 'leaves the shell'],
  export: ['export [-n] [NAME[=VALUE]]...', 'gives variables to programs'],
  false: ['false', 'does nothing, unsuccessfully'],
  help: ['help [NAME]...', 'lists commands; tells more of NAME'],
  jobs: ['jobs [-lprs] [%JOB]...', 'lists what runs in the background'],
  kill: ['kill [-SIGNAL] %JOB|TASK...', 'sends a signal'],
  printf: ['printf [-v NAME] FORMAT [ARG]...', 'writes its arguments in a format'],
  pwd: ['pwd [-LP]', 'prints the directory'],
  test: ['test EXPRESSION', 'tells whether -e FILE, A = B, N -lt M, ...'],
  true: ['true', 'does nothing, successfully'],
  type: ['type [-atpP] NAME...', 'says what commands are'],
  unset: ['unset NAME...', 'removes variables'],
  wait: ['wait [-n] [%JOB|TASK]...', 'waits for what runs in the background'],
}

/** Lists the commands that there are, or tells more of some. */
export const help: Builtin = async (shell, args) => {
  const { programs, help: helpOf } = shell.setup
  const names = args[0] === '--' ? args.slice(1) : args
  if (names.length === 0) {
    const own = Object.values(BUILTINS).map(([usage, what]): Row => [usage, what])
    const others = Object.keys(programs)
      .filter((name) => !Object.hasOwn(BUILTINS, name))
      .sort()
      .map((name): Row => [name, firstSentence(helpOf(name))])
    await shell.print(`Commands of the shell:\n${table(own)}\nPrograms:\n${table(others)}\n${HINTS}`)
    return 0
  }
  let status = 0
  for (const name of names) {
    const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined
    const text =
      builtin === undefined
        ? Object.hasOwn(programs, toText(name))
          ? helpOf(toText(name))
          : undefined
        : `${name}: ${builtin[0]}\n    ${builtin[1]}\n`
    if (text !== undefined) await shell.print(fromText(text))
    else {
      await shell.complain(`help: no help topics match \`${name}'.  Try \`help'.`)
      status = 1
    }
  }
  return status
}

type Row = readonly [left: string, right: string]

const HINTS = `A line may have pipes, redirections, lists with ; && || &, if, while, until,
for, variables and $(...). Programs of the host are not found here.
help NAME tells more; Tab completes, Ctrl-C interrupts, Ctrl-D leaves.
`

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n') + '\n'
}

/** The first sentence of a program's help, behind the line of its usage; of a long one, what comes first. */
function firstSentence(text = ''): string {
  const sentence = /^Usage:.*\n([^]*?)[.;](?:\s|$)/.exec(text)?.[1]?.replace(/\s+/g, ' ') ?? ''
  return sentence.length <= 70 ? sentence : sentence.replace(/, (?:or|each|and|of) .*/, '')
}
