import { defineCommand } from '../command.js'
import { Copier, type CopyManner } from './copy.js'
import { TARGET_HELP, TARGET_OPTIONS, targetsOf } from './targets.js'

/** Copies files and directories (cp(1)). */
export const cp = defineCommand({
  name: 'cp',
  usage: '[OPTION]... SOURCE DEST, or SOURCE... DIRECTORY',
  help: `Copies SOURCE to DEST, or each SOURCE into DIRECTORY.
  -a, --archive        the same as -dRp
  -d                   the same as -P, and several names of a file are names of one copy
  -f, --force          in the place of what cannot be written to
  -H                   what links lead to that are named here
  -i, --interactive    ask before something is overwritten
  -L, --dereference    what links lead to
  -n, --no-clobber     overwrite nothing
  -p                   with permissions and times
  -P, --no-dereference links themselves
  -r, -R, --recursive  directories as well, with all that is in them
${TARGET_HELP}  -u, --update         only what is newer than what is there
  -v, --verbose        say what is copied
`,
  options: { archive: 'a', d: 'd', force: 'f', H: 'H', interactive: 'i', dereference: 'L', 'no-clobber': 'n', p: 'p', 'no-dereference': 'P', recursive: 'r', R: 'R', update: 'u', verbose: 'v', ...TARGET_OPTIONS },
  async run(command) {
    const changes: Readonly<Record<string, Partial<CopyManner>>> = {
      archive: { recursive: true, follow: 'never', links: true, preserve: true },
      d: { follow: 'never', links: true },
      force: { force: true },
      H: { follow: 'operands' },
      interactive: { existing: 'ask' },
      dereference: { follow: 'always' },
      'no-clobber': { existing: 'keep' },
      p: { preserve: true },
      'no-dereference': { follow: 'never' },
      recursive: { recursive: true },
      R: { recursive: true },
      update: { update: true },
      verbose: { say: '' },
    }
    let given: Partial<CopyManner> = {}
    let [into, exact]: [string | undefined, boolean] = [undefined, false]
    for (const { name, value } of command.options) {
      given = { ...given, ...changes[name] }
      if (name === 'target-directory') into = value
      if (name === 'no-target-directory') exact = true
    }
    const follow = given.recursive === true ? 'never' : 'always'
    const manner = { recursive: false, follow, links: false, preserve: false, existing: 'overwrite', update: false, force: false, say: undefined, ...given } as const
    const copier = new Copier(command, manner)
    let good = true
    for (const [source, target] of targetsOf(command, { into, exact })) good = (await copier.copy(source, target)) && good
    return good ? 0 : 1
  },
})
