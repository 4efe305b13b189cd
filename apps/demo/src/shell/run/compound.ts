import { argumentsOf } from '../expand/words.js'
import { LoopJump } from '../flow.js'
import { isName } from '../variables.js'
import type { For, If, While } from 'unbash'
import type { Interpreter } from '../interpreter.js'

export async function runIf(shell: Interpreter, node: If): Promise<void> {
  for (const { clause, then } of [node, ...node.elif]) {
    await shell.setup.runner.list(shell, clause.commands)
    if (shell.status === 0) return shell.setup.runner.list(shell, then.commands)
  }
  if (node.else === undefined) shell.status = 0
  else await shell.setup.runner.list(shell, node.else.commands)
}

export function runWhile(shell: Interpreter, { kind, clause, body }: While): Promise<void> {
  let status = 0
  return runLoop(shell, async () => {
    await shell.setup.runner.list(shell, clause.commands)
    if ((shell.status === 0) !== (kind === 'while')) {
      shell.status = status
      return false
    }
    await shell.setup.runner.list(shell, body.commands)
    status = shell.status
    return true
  })
}

export async function runFor(shell: Interpreter, { name, wordlist, body }: For): Promise<void> {
  if (!isName(name.text)) {
    await shell.complain(`\`${name.text}': not a valid identifier`)
    shell.status = 1
    return
  }
  const values = wordlist === undefined ? shell.parameters : await argumentsOf(shell, wordlist)
  if (values.length === 0) shell.status = 0
  let next = 0
  await runLoop(shell, async () => {
    const value = values[next++]
    if (value === undefined) return false
    shell.variables.set(name.text, value)
    await shell.setup.runner.list(shell, body.commands)
    return true
  })
}

/** Calls `round` until it returns false or a command leaves the loop. */
async function runLoop(shell: Interpreter, round: () => Promise<boolean>): Promise<void> {
  shell.loops++
  try {
    for (;;) {
      try {
        await shell.step()
        if (!(await round())) return
      } catch (error) {
        if (!(error instanceof LoopJump)) throw error
        if (--error.levels > 0) throw error
        shell.status = error.status
        if (error.kind === 'break') return
      }
    }
  } finally {
    shell.loops--
  }
}
