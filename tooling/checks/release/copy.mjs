// A copy of the repository, in which a release may change what it wants.
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { run } from '../../run.mjs'
import { root } from '../../workspace.mjs'

/** What is made, and not written. */
const MADE = new Set(['node_modules', 'dist', '.git', '.turbo', 'coverage', 'scratch'])

/**
 * Copies the repository as it is now, committed or not, into a repository of its own. It uses the tools that are
 * installed here, and writes to none of them.
 * @param {string} copy the folder to be made
 */
export async function copyRepository(copy) {
  cpSync(root, copy, {
    recursive: true,
    filter: (it) =>
      !relative(root, it)
        .split(sep)
        .some((name) => MADE.has(name)),
  })
  linkTools(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const parent of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, parent))) {
      const tools = join(root, parent, name, 'node_modules')
      // The links in it are relative: they lead to the copies of the packages.
      if (existsSync(tools)) {
        cpSync(tools, join(copy, parent, name, 'node_modules'), {
          recursive: true,
          verbatimSymlinks: true,
          filter: (it) => !it.endsWith('.cache'),
        })
      }
    }
  }
  const git = (/** @type {string[]} */ ...args) => run('git', args, { cwd: copy })
  await git('init', '--quiet', '--initial-branch=main')
  await git('config', 'user.name', 'Rehearsal')
  await git('config', 'user.email', 'rehearsal@localhost')
  await git('config', 'commit.gpgsign', 'false')
  await git('config', 'tag.gpgsign', 'false')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'As it is')
  return copy
}

/**
 * A folder of its own with links to all that is installed, but for what tools write.
 * @param {string} from
 * @param {string} to
 */
function linkTools(from, to) {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') && name !== '.bin' && name !== '.pnpm') continue
    mkdirSync(dirname(join(to, name)), { recursive: true })
    symlinkSync(join(from, name), join(to, name))
  }
}
