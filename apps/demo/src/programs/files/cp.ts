import { defineCommand } from '../command.js'
import { Copier, type Existing } from './copy.js'
import { targetsOf } from './paths.js'

/** Copies files and directories (cp(1)). */
export const cp = defineCommand({
  name: 'cp',
  usage: '[OPTION]... SOURCE DEST, or SOURCE... DIRECTORY',
  help: `Copies SOURCE to DEST, or each SOURCE into DIRECTORY.
  -a, --archive         the same as -RPp, and several names of a file are names of one copy
  -f, --force           replace what cannot be written to
  -i, --interactive     ask before something is overwritten
  -L, --dereference     copy what symbolic links lead to
  -n, --no-clobber      overwrite nothing
  -p                    with permissions and times
  -P, --no-dereference  copy symbolic links themselves, as -R does
  -r, -R, --recursive   directories as well, with all that is in them
  -v, --verbose         say what is copied
`,
  async run(command) {
    const { options } = command
    const isArchive = options.has('archive')
    const recursive = isArchive || options.has('recursive')
    const follow = options.last('archive', 'dereference', 'no-dereference') ?? (recursive ? 'archive' : 'dereference')
    const copier = new Copier(command, {
      recursive,
      follow: follow === 'dereference',
      preserve: isArchive || options.has('p'),
      links: isArchive,
      existing: existingOf(options.last('no-clobber', 'interactive')),
      force: options.has('force'),
      say: options.has('verbose') ? '' : undefined,
    })
    let good = true
    for (const [source, target] of targetsOf(command)) good = (await copier.copy(source, target)) && good
    return good ? 0 : 1
  },
})

/** What becomes of something that is there, by the last option that says so. */
export function existingOf(option: string | undefined): Existing {
  return option === 'no-clobber' ? 'keep' : option === 'interactive' ? 'ask' : 'overwrite'
}
