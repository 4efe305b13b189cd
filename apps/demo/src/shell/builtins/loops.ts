import { Abandon, LoopJump } from '../flow.js'
import { numberOf } from './numbers.js'
import type { Builtin } from './builtin.js'

export const breakBuiltin = jump('break')
export const continueBuiltin = jump('continue')

function jump(kind: 'break' | 'continue'): Builtin {
  return async (shell, given) => {
    const [argument = '1', ...more] = given[0] === '--' ? given.slice(1) : given
    if (shell.loops === 0) {
      await shell.complain(`${kind}: only meaningful in a \`for', \`while', or \`until' loop`)
      return 0
    }
    const levels = numberOf(argument)
    if (levels === undefined) {
      await shell.complain(`${kind}: ${argument}: numeric argument required`)
      throw new Abandon(128)
    }
    if (more.length > 0) {
      await shell.complain(`${kind}: too many arguments`)
      throw new Abandon(1)
    }
    if (levels > 0n) throw new LoopJump(kind, Math.min(Number(levels), shell.loops))
    await shell.complain(`${kind}: ${argument}: loop count out of range`)
    // Then it leaves all of them.
    throw new LoopJump('break', shell.loops, 1)
  }
}
