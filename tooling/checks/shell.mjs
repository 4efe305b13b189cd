// Each line that the README gives to the shell does what it does in bash: the same output, files and status.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { report } from '../run.mjs'
import { root } from '../workspace.mjs'

const readme = join(root, 'README.md')

await report(() => {
  if (spawnSync('bash', ['-c', 'true']).status !== 0) return 'no bash: nothing to compare with'
  const lines = [...readFileSync(readme, 'utf8').matchAll(/^npm -s start -- (--threads )?-c '(.*)'$/gm)].map(
    ([, threads, line = '']) => ({
      line,
      options: threads === undefined ? [] : ['--threads'],
    }),
  )
  if (lines.length === 0) throw new Error('README.md shows no line of the shell')
  // Another netcat has other options.
  const hasNc = String(spawnSync('nc', ['-h']).stderr).startsWith('OpenBSD netcat')
  const compared = lines.filter(({ line }) => hasNc || !/\bnc\b/.test(line))
  for (const { line, options } of compared) {
    const wanted = outcome('bash', ['-c', line])
    const got = outcome('npm', ['--prefix', root, '-s', 'start', '--', ...options, '-c', line])
    if (!isDeepStrictEqual(got, wanted)) {
      throw new Error(`${line}\nbash: ${JSON.stringify(wanted, null, 2)}\nhtsh: ${JSON.stringify(got, null, 2)}`)
    }
  }
  return `${String(compared.length)} lines do what they do in bash`
})

/**
 * What a command comes to in a folder that holds the README.
 * @param {string} command
 * @param {string[]} args
 */
function outcome(command, args) {
  const cwd = mkdtempSync(join(tmpdir(), 'ht-shell-'))
  try {
    copyFileSync(readme, join(cwd, 'README.md'))
    // The system's tools sort and compare bytes, as ours do.
    const env = { ...process.env, LC_ALL: 'C' }
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 600_000 })
    const files = readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name), 'latin1')])
    return { status, stdout, stderr, files: Object.fromEntries(files) }
  } finally {
    rmSync(cwd, { recursive: true })
  }
}
