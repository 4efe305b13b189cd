import { AT_SYMLINK_FOLLOW, isHandleError, S_IFDIR } from '@ht/core'
import { AT_FDCWD } from '@ht/kernel'
import { toText } from '../../libc/byte-string.js'
import { defineCommand, type Run } from '../command.js'
import { quoted, quotedAlways } from '../quote.js'
import { strerror } from '../../libc/strerror.js'
import { idOf, isOf, lookUp } from './paths.js'
import { TARGET_HELP, TARGET_OPTIONS, targetsOf } from './targets.js'

/** Makes links (ln(1)). */
export const ln = defineCommand({
  name: 'ln',
  usage: '[OPTION]... TARGET LINK, or TARGET... DIRECTORY, or TARGET',
  help: `Gives each TARGET another name; the working directory is where it goes if there is only one.
  -f, --force           in the place of what has the name
  -L, --logical         to what a symbolic link leads to
  -n, --no-dereference  a symbolic link to a directory is not one to put them into
  -P, --physical        to symbolic links themselves; this is the default
  -s, --symbolic        make symbolic links
${TARGET_HELP}  -v, --verbose         say which links are made
`,
  options: { force: 'f', logical: 'L', 'no-dereference': 'n', physical: 'P', symbolic: 's', verbose: 'v', ...TARGET_OPTIONS },
  async run(command) {
    const asked = new Set<string>()
    let [into, logical]: [string | undefined, boolean] = [undefined, false]
    for (const { name, value } of command.options) {
      asked.add(name)
      if (name === 'target-directory') into = value
      if (name === 'logical' || name === 'physical') logical = name === 'logical'
    }
    const manner = { force: asked.has('force'), symbolic: asked.has('symbolic'), logical }
    const pairs = targetsOf(command, { into, exact: asked.has('no-target-directory'), follow: !asked.has('no-dereference'), links: true })
    const made = new Set<string>()
    let status = 0
    for (const [source, target] of pairs) {
      const why = linked(command, source, target, manner, made)
      if (why !== undefined) {
        await command.complain(why)
        status = 1
      } else if (asked.has('verbose')) command.out.put(`${quotedAlways(target)} ${manner.symbolic ? '->' : '=>'} ${quotedAlways(source)}\n`)
    }
    return status
  },
})

interface Manner {
  readonly force: boolean
  readonly symbolic: boolean
  readonly logical: boolean
}

/** Makes one link: why it could not. `made` are those that were made before. */
function linked({ task }: Run, source: string, target: string, { force, symbolic, logical }: Manner, made: Set<string>): string | undefined {
  const link = () => {
    if (symbolic) task.symlink(toText(source), toText(target))
    else task.linkat(AT_FDCWD, toText(source), AT_FDCWD, toText(target), logical ? AT_SYMLINK_FOLLOW : 0)
    const stat = lookUp(task, target, false)
    if (stat !== undefined && !symbolic) made.add(idOf(stat))
  }
  if (!symbolic) {
    try {
      const stat = logical ? task.stat(toText(source)) : task.lstat(toText(source))
      if (isOf(stat, S_IFDIR)) return `${quoted(source)}: hard link not allowed for directory`
    } catch (error) {
      if (!isHandleError(error)) throw error
      return `failed to access ${quotedAlways(source)}: ${strerror(error)}`
    }
  }
  try {
    link()
  } catch (error) {
    if (!isHandleError(error)) throw error
    if (!force || error.code !== 'EEXIST') return `failed to create ${symbolic ? 'symbolic' : 'hard'} link ${quotedAlways(target)}${behind(error.code)}: ${strerror(error)}`
    const there = task.lstat(toText(target))
    if (isOf(there, S_IFDIR)) return `${quoted(target)}: cannot overwrite directory`
    if (made.has(idOf(there))) return `will not overwrite just-created ${quotedAlways(target)} with ${quotedAlways(source)}`
    const found = statOf(source)
    if (found !== undefined && idOf(found) === idOf(there) && (there.nlink === 1 || samePath(source, target))) {
      return `${quotedAlways(source)} and ${quotedAlways(target)} are the same file`
    }
    task.unlink(toText(target))
    link()
  }
  return undefined

  /** What a message says besides of where the link was to lead. */
  function behind(code: string): string {
    if (symbolic) return source === '' || code === 'ENAMETOOLONG' ? ` -> ${quotedAlways(source)}` : ''
    return ['EEXIST', 'EDQUOT', 'ENOSPC', 'EROFS'].includes(code) ? '' : ` => ${quotedAlways(source)}`
  }

  function statOf(path: string) {
    try {
      return symbolic || logical ? task.stat(toText(path)) : task.lstat(toText(path))
    } catch {
      return undefined
    }
  }
}

function samePath(a: string, b: string): boolean {
  const plain = (path: string) => path.replace(/(^|\/)(\.?\/)+/g, '$1')
  return plain(a) === plain(b)
}
