import { Abandon, Exit } from '../flow.js'
import { numberOf } from './numbers.js'
import type { Builtin } from './builtin.js'

export const exit: Builtin = async (shell, args) => {
  const [argument, ...more] = args[0] === '--' ? args.slice(1) : args
  if (argument === undefined) throw new Exit(shell.status)
  const status = numberOf(argument)
  if (status === undefined) {
    await shell.complain(`exit: ${argument}: numeric argument required`)
    throw new Exit(2)
  }
  if (more.length === 0) throw new Exit(Number(status & 255n))
  await shell.complain('exit: too many arguments')
  throw new Abandon(1)
}
