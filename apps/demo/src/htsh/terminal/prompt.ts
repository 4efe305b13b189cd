import { stdioKind, type Exit, type Task } from '@ht/kernel'
import { complete, isComplete, Shell, type Completion, type ShellOptions } from '../../shell/index.js'
import { loadHistory, saveHistory } from './history.js'
import { END, INTERRUPT, Terminal } from './terminal.js'
import type { Machine } from '../machine.js'

/** Runs what the user types, to the end of the shell: how that ended. The terminal is one open object behind 0, 1 and 2. */
export async function promptUser({ kernel, cwd, env }: Machine, options: ShellOptions): Promise<Exit> {
  let shell: Shell | undefined
  const terminal = new Terminal(process.stdin, process.stdout, {
    history: loadHistory(),
    complete: (line) => (shell === undefined ? [[], line] : finished(complete(shell, line), line)),
    interrupt: () => shell?.interrupt(),
  })
  const leave = () => {
    terminal.close()
    saveHistory(terminal.commands)
  }
  // By the signal, and not by an exit: Node restores the terminal then, and aborts where there is none any more.
  const hangUp = () => {
    leave()
    process.off('SIGHUP', hangUp)
    process.kill(process.pid, 'SIGHUP')
  }
  process.on('SIGHUP', hangUp)
  try {
    const task = kernel.spawn(
      (task) => {
        task.dup2(0, 1)
        task.dup2(0, 2)
        return converse(terminal, task, (shell = new Shell(task, options)))
      },
      { name: options.name ?? 'htsh', cwd, env, stdin: stdioKind.open(terminal.console, { accessMode: 'ReadWrite' }) },
    )
    return await task.exited
  } finally {
    if (terminal.isGone) hangUp()
    process.off('SIGHUP', hangUp)
    leave()
  }
}

/** Reads commands and runs them until the shell exits, or the user has no more. */
async function converse(terminal: Terminal, task: Task, shell: Shell): Promise<number> {
  let source = ''
  while (shell.exiting === undefined) {
    terminal.console.freshLine()
    if (source === '') for (const notice of shell.notices()) terminal.console.print(notice)
    const line = await terminal.ask(source === '' ? promptOf(task) : '> ')
    if (line === INTERRUPT) {
      source = ''
      shell.interrupt()
      continue
    }
    if (line === END && source === '') {
      terminal.console.print('exit\n')
      break
    }
    if (line === END) terminal.console.print('\n')
    else source += `${line}\n`
    if (line !== END && !isComplete(source)) continue
    const command = source
    source = ''
    await shell.run(command)
  }
  return shell.exiting ?? shell.lastStatus
}

/** A completion that ends the word, which a space follows: the only one that there is, and no directory. */
function finished([candidates, word]: Completion, line: string): Completion {
  const [only = '/', ...others] = candidates
  const isQuoted = /["']$/.test(line.slice(0, line.length - word.length))
  return others.length > 0 || only.endsWith('/') || isQuoted ? [candidates, word] : [[`${only} `], word]
}

/** Where the user is, with nothing in it that a terminal would obey. */
function promptOf(task: Task): string {
  const path = task.getcwdErrno()
  if (typeof path === 'number') return '? $ '
  const { HOME: home } = task.env
  const isInHome = home !== undefined && home !== '/' && `${path}/`.startsWith(`${home}/`)
  const shown = isInHome ? `~${path.slice(home.length)}` : path
  return `${shown.replace(/\p{Cc}/gu, '?')} $ `
}
