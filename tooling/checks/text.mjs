// What is committed names no machine: not the folder it was written in, not a registry's host.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { report, run } from '../run.mjs'
import { root } from '../workspace.mjs'

/** @type {{ files: RegExp, text: RegExp, why: string }[]} */
const RULES = [
  { files: /^pnpm-lock\.yaml$/, text: /https?:\/\//, why: 'names a host' },
  { files: /(^|\/)\.npmrc$/, text: /registry|_auth/i, why: 'names a registry' },
  { files: /./, text: literally(root), why: 'names the folder of this checkout' },
  { files: /./, text: /^(<{7}|>{7}) /, why: 'has the mark of an unfinished merge' },
]
// A home as short as `/root` is also a path in tests of sandboxes.
if (homedir().split(/[\\/]/).length > 2) {
  RULES.push({ files: /./, text: literally(homedir()), why: 'names a home folder' })
}

await report(async () => {
  if (!existsSync(join(root, '.git'))) return 'no repository: nothing to check'
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  const files = listed.split('\0').filter((it) => it !== '' && existsSync(join(root, it)))
  const found = files.flatMap(check)
  if (found.length > 0) throw new Error(found.join('\n'))
  return `${files.length} files name no machine`
})

/** @param {string} file */
function check(file) {
  const rules = RULES.filter((it) => it.files.test(file))
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  return lines.flatMap((line, index) =>
    rules.filter((it) => it.text.test(line)).map((it) => `${file}:${index + 1} ${it.why}: ${line.trim()}`),
  )
}

/** @param {string} text */
function literally(text) {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') + '(?![\\w-])')
}
