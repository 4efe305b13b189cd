import { isHandleError, S_IFDIR, type Stat } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand, type Run } from '../command.js'
import { quotedAlways } from '../quote.js'
import { Copier, type Existing } from './copy.js'
import { idOf, isOf, leadsTo, lookUp } from './paths.js'
import { remove } from './remove.js'
import { TARGET_HELP, TARGET_OPTIONS, targetsOf } from './targets.js'

interface Manner {
  existing: Existing
  update: boolean
  verbose: boolean
}

/** Moves and renames files and directories (mv(1)). */
export const mv = defineCommand({
  name: 'mv',
  usage: '[OPTION]... SOURCE DEST, or SOURCE... DIRECTORY',
  help: `Renames SOURCE to DEST, or moves each SOURCE into DIRECTORY.
  -f, --force        do not ask before something is overwritten; this is the default
  -i, --interactive  ask before
  -n, --no-clobber   overwrite nothing
${TARGET_HELP}  -u, --update       only what is newer than what is there
  -v, --verbose      say what is moved
`,
  options: { force: 'f', interactive: 'i', 'no-clobber': 'n', update: 'u', verbose: 'v', ...TARGET_OPTIONS },
  async run(command) {
    const manner: Manner = { existing: 'overwrite', update: false, verbose: false }
    let [into, exact]: [string | undefined, boolean] = [undefined, false]
    for (const { name, value } of command.options) {
      if (name === 'target-directory') into = value
      else if (name === 'no-target-directory') exact = true
      else if (name === 'update' || name === 'verbose') manner[name] = true
      else manner.existing = name === 'force' ? 'overwrite' : name === 'interactive' ? 'ask' : 'keep'
    }
    const made = new Set<string>()
    let good = true
    for (const [source, target] of targetsOf(command, { into, exact })) good = (await move(command, source, target, manner, made)) && good
    return good ? 0 : 1
  },
})

/** Moves one: whether all went well. `made` are those that have come to their places before. */
async function move(command: Run, source: string, target: string, manner: Manner, made: Set<string>): Promise<boolean> {
  const { task } = command
  const names = [quotedAlways(source), quotedAlways(target)] as const
  const found: { from?: Stat; to?: Stat | undefined } = {}
  if (!(await command.attempt(`cannot stat ${names[0]}`, () => (found.from = task.lstat(toText(source)))))) return false
  if (!(await command.attempt(`cannot stat ${names[1]}`, () => (found.to = lookUp(task, target, false))))) return false
  const [from, to] = [found.from!, found.to]
  const isDirectory = isOf(from, S_IFDIR)
  if (to !== undefined) {
    if (manner.existing === 'keep' || (manner.update && !isDirectory && to.mtimeMs >= from.mtimeMs)) return true
    // A link's target is not to be lost with it; another of its names would keep it.
    const isTarget = to.nlink === 1 && leadsTo(task, source, from, to)
    const wrong = isTarget ? `${names[0]} and ${names[1]} are the same file` : whyNotInPlace(from, to, names, made)
    if (wrong !== undefined) {
      await command.complain(wrong)
      return false
    }
    if (manner.existing === 'ask' && !(await command.agrees(`overwrite ${names[1]}`))) return true
  }
  try {
    task.rename(toText(source), toText(target))
  } catch (error) {
    if (isHandleError(error) && error.code === 'EXDEV') return moveBetween(command, source, target, to, manner)
    const intoItself = isDirectory && isHandleError(error) && error.code === 'EINVAL'
    await command.complain(intoItself ? `cannot move ${names[0]} to a subdirectory of itself, ${names[1]}` : `cannot move ${names[0]} to ${names[1]}: ${command.why(error)}`)
    return false
  }
  made.add(idOf(from))
  if (manner.verbose) command.out.put(`renamed ${names[0]} -> ${names[1]}\n`)
  return true
}

/** Why something cannot come in the place of what is there. */
function whyNotInPlace(from: Stat, to: Stat, [source, target]: readonly [string, string], made: ReadonlySet<string>): string | undefined {
  if (idOf(from) === idOf(to)) return `${source} and ${target} are the same file`
  if (isOf(from, S_IFDIR) && !isOf(to, S_IFDIR)) return `cannot overwrite non-directory ${target} with directory ${source}`
  if (!isOf(from, S_IFDIR) && isOf(to, S_IFDIR)) return `cannot overwrite directory ${target} with non-directory`
  return made.has(idOf(to)) ? `will not overwrite just-created ${target} with ${source}` : undefined
}

/** Moves from one file system to another: copies, and removes what was copied. */
async function moveBetween(command: Run, source: string, target: string, to: Stat | undefined, { verbose }: Manner): Promise<boolean> {
  const { task } = command
  if (to !== undefined) {
    const clear = () => (isOf(to, S_IFDIR) ? task.rmdir(toText(target)) : task.unlink(toText(target)))
    const what = `inter-device move failed: ${quotedAlways(source)} to ${quotedAlways(target)}; unable to remove target`
    if (!(await command.attempt(what, clear))) return false
  }
  const copier = new Copier(command, {
    recursive: true,
    follow: 'never',
    preserve: true,
    links: true,
    existing: 'overwrite',
    update: false,
    force: false,
    say: verbose ? 'copied ' : undefined,
  })
  if (!(await copier.copy(source, target))) return false
  return remove(command, source, { recursive: true, empty: false, force: true, ask: false, verbose })
}
