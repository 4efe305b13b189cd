import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folders = ['', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name))].filter((folder) =>
  existsSync(join(root, folder, 'README.md')),
)

/** The programs of a README, each with the output that the text block after it shows, if there is one. */
function programsOf(readme: string): { program: string; output: string | undefined }[] {
  return [...readme.matchAll(/^```js\n(.*?)^```\n(?:\s*```text\n(.*?)^```)?/gms)].map(([, program = '', output]) => ({
    program,
    output,
  }))
}

describe.each(folders)('the README in /%s', (folder) => {
  const programs = programsOf(readFileSync(join(root, folder, 'README.md'), 'utf8'))

  it('starts with a complete program', () => {
    expect(programs.length).toBeGreaterThan(0)
  })

  it.each(programs)('its program prints what it says: $program', ({ program, output }) => {
    const node = ['--conditions=@ht/source', '--import', import.meta.resolve('tsx'), '--input-type=module']
    // The root is no package; what its README shows is installed where the demo is.
    const cwd = join(root, folder === '' ? 'apps/demo' : folder)
    const run = spawnSync(process.execPath, node, { cwd, input: program, encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expect(run.status).toBe(0)
    if (output !== undefined) expect(run.stdout).toBe(output)
  })
})
