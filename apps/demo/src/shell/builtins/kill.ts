import { strerror } from '../../libc/strerror.js'
import { SIGNAL_NAMES, signalName, signalNumber, SIGTERM } from '../jobs/signals.js'
import { Misuse, type Builtin } from './builtin.js'
import { findJob } from './job-names.js'
import type { Interpreter } from '../interpreter.js'

const USAGE = 'kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]'

/** Sends a signal to processes, process groups (by negative numbers) and jobs. */
export const kill: Builtin = async (shell, args) => {
  let [signal, at] = [SIGTERM, 0]
  for (; at < args.length; at++) {
    const argument = args[at]!
    if (argument === '--') {
      at++
      break
    }
    if (!/^-./s.test(argument)) break
    if (/^-[lL]$/.test(argument)) return listSignals(shell, args.slice(at + 1))
    const [, letter, attached] = /^-([sn])([^]*)$/.exec(argument) ?? []
    const isOption = letter !== undefined && signalNumber(argument.slice(1)) === undefined
    const name = isOption ? attached || args[++at] : argument.slice(1)
    if (name === undefined) {
      await shell.complain(`kill: ${argument}: option requires an argument`)
      return 1
    }
    const number = signalNumber(name)
    if (number === undefined) {
      await shell.complain(`kill: ${name}: invalid signal specification`)
      return 1
    }
    signal = number
    // One signal is all that there is; a further number with a sign is a process group.
    if (!isOption) {
      at++
      if (args[at] === '--') at++
      break
    }
  }
  const targets = args.slice(at)
  if (targets.length === 0) throw new Misuse(USAGE)
  let sent = false
  for (const target of targets) sent = (await send(shell, target, signal)) || sent
  return sent ? 0 : 1
}

async function send(shell: Interpreter, target: string, signal: number): Promise<boolean> {
  const { task } = shell
  let ids: readonly number[]
  if (target.startsWith('%')) {
    const job = await findJob(shell, 'kill', target)
    if (job === undefined) return false
    // Where it has a group of its own, all that has become of it is in that.
    const leader = job.processes[0]!.id
    ids = task.killErrno(-leader, 0) === 0 ? [-leader] : job.processes.flatMap(({ id, exit }) => (exit === undefined ? id : []))
  } else if (/^-?\d+$/.test(target)) ids = [Number(target)]
  else {
    await shell.complain(
      target === '' ? "kill: `': not a pid or valid job spec" : `kill: ${target}: arguments must be process or job IDs`,
    )
    return false
  }
  let sent = false
  for (const id of ids) {
    const result = task.killErrno(id, signal)
    if (result < 0) await shell.complain(`kill: (${id}) - ${strerror(result)}`)
    else sent = true
  }
  return sent
}

async function listSignals(shell: Interpreter, names: readonly string[]): Promise<number> {
  if (names.length === 0 || /^-[lL]$/.test(names[0]!)) {
    for (const [i, name] of SIGNAL_NAMES.entries()) await shell.print(`${String(i + 1).padStart(2)}) SIG${name}\n`)
    return 0
  }
  let status = 0
  for (const name of names) {
    const isNumber = /^\d+$/.test(name)
    // A status above 128 is that of a process that a signal has ended.
    const number = isNumber && Number(name) > 128 ? Number(name) - 128 : signalNumber(name)
    const shown = isNumber ? (number === 0 ? 'EXIT' : signalName(number ?? -1)) : number
    if (shown === undefined) {
      await shell.complain(`kill: ${name}: invalid signal specification`)
      status = 1
    } else await shell.print(`${shown}\n`)
  }
  return status
}
