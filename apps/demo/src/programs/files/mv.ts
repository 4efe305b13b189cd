import { isHandleError, S_IFDIR, type Stat } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand, type Command } from '../command.js'
import { quotedAlways } from '../quote.js'
import { Copier, whyNotInPlace } from './copy.js'
import { existingOf } from './cp.js'
import { isOf, leadsTo, lookUp, targetsOf } from './paths.js'
import { remove } from './rm.js'

/** Moves and renames files and directories (mv(1)). */
export const mv = defineCommand({
  name: 'mv',
  usage: '[OPTION]... SOURCE DEST, or SOURCE... DIRECTORY',
  help: `Renames SOURCE to DEST, or moves each SOURCE into DIRECTORY.
  -f, --force        do not ask before something is overwritten; this is the default
  -i, --interactive  ask before
  -n, --no-clobber   overwrite nothing
  -v, --verbose      say what is moved
`,
  async run(command) {
    let good = true
    for (const [source, target] of targetsOf(command)) good = (await move(command, source, target)) && good
    return good ? 0 : 1
  },
})

async function move(command: Command, source: string, target: string): Promise<boolean> {
  const { task, options, out } = command
  const [from, to] = [quotedAlways(source), quotedAlways(target)]
  const existing = existingOf(options.last('force', 'interactive', 'no-clobber'))
  const found: { from?: Stat; to?: Stat | undefined } = {}
  if (!(await command.attempt(`cannot stat ${from}`, () => (found.from = task.lstat(toText(source)))))) return false
  if (!(await command.attempt(`cannot stat ${to}`, () => (found.to = lookUp(task, target, false))))) return false
  if (found.to !== undefined) {
    if (existing === 'keep') return true
    const wrong = whyNotInPlace(found.from!, found.to, from, to, leadsTo(task, source, found.to))
    if (wrong !== undefined) return command.fail(wrong)
    if (existing === 'ask' && !(await command.agrees(`overwrite ${to}`))) return true
  }
  try {
    task.rename(toText(source), toText(target))
  } catch (error) {
    if (isHandleError(error) && error.code === 'EXDEV') return moveBetween(command, source, target, found.to)
    const isIntoItself = isOf(found.from!, S_IFDIR) && isHandleError(error) && error.code === 'EINVAL'
    const what = `cannot move ${from} to `
    return command.fail(isIntoItself ? `${what}a subdirectory of itself, ${to}` : `${what}${to}: ${command.why(error)}`)
  }
  if (options.has('verbose')) out.put(`renamed ${from} -> ${to}\n`)
  return true
}

/** Moves from one file system to another: copies, and removes what was copied. */
async function moveBetween(command: Command, source: string, target: string, to: Stat | undefined): Promise<boolean> {
  const { task } = command
  if (to !== undefined) {
    const clear = () => (isOf(to, S_IFDIR) ? task.rmdir(toText(target)) : task.unlink(toText(target)))
    const what = `inter-device move failed: ${quotedAlways(source)} to ${quotedAlways(target)}; unable to remove target`
    if (!(await command.attempt(what, clear))) return false
  }
  const verbose = command.options.has('verbose')
  const say = verbose ? 'copied ' : undefined
  const manner = {
    recursive: true,
    follow: false,
    preserve: true,
    links: true,
    existing: 'overwrite',
    force: false,
    say,
  } as const
  if (!(await new Copier(command, manner).copy(source, target))) return false
  return remove(command, source, { recursive: true, empty: false, force: true, ask: false, verbose })
}
