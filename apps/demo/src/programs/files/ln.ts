import { S_IFDIR } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand } from '../command.js'
import { quoted, quotedAlways } from '../quote.js'
import { whyNotInPlace } from './copy.js'
import { inside, isOf, lookUp, targetsOf } from './paths.js'

/** Makes links (ln(1)). */
export const ln = defineCommand({
  name: 'ln',
  usage: '[OPTION]... TARGET LINK, or TARGET... DIRECTORY, or TARGET',
  help: `Gives each TARGET another name; the working directory is where it goes if there is only one.
  -f, --force           replace what has the name
  -n, --no-dereference  a symbolic link to a directory is not one to put them into
  -s, --symbolic        make symbolic links
  -v, --verbose         say which links are made
`,
  async run(command) {
    const { task, options, operands, out } = command
    const symbolic = options.has('symbolic')
    const [only, ...others] = operands
    const pairs =
      only !== undefined && others.length === 0
        ? [[only, inside('.', only)] as const]
        : targetsOf(command, !options.has('no-dereference'))
    let good = true
    for (const [source, target] of pairs) {
      const from = lookUp(task, source, false)
      const to = options.has('force') ? lookUp(task, target, false) : undefined
      const wrong =
        from !== undefined && to !== undefined ? whyNotInPlace(from, to, quotedAlways(source), quotedAlways(target)) : undefined
      if (!symbolic && from !== undefined && isOf(from, S_IFDIR))
        good = await command.fail(`${quoted(source)}: hard link not allowed for directory`)
      else if (wrong !== undefined) good = await command.fail(wrong)
      else {
        if (to !== undefined) task.unlinkErrno(toText(target))
        const link = () => (symbolic ? task.symlink(toText(source), toText(target)) : task.link(toText(source), toText(target)))
        const made = await command.attempt(
          `failed to create ${symbolic ? 'symbolic' : 'hard'} link ${quotedAlways(target)}`,
          link,
        )
        if (made && options.has('verbose')) out.put(`${quotedAlways(target)} ${symbolic ? '->' : '=>'} ${quotedAlways(source)}\n`)
        good = made && good
      }
    }
    return good ? 0 : 1
  },
})
