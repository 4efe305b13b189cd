import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folders = ['', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name))].filter((folder) =>
  existsSync(join(root, folder, 'README.md')),
)
const published = folders.filter((folder) => folder !== '')

const readmeIn = (folder: string) => readFileSync(join(root, folder, 'README.md'), 'utf8')
const manifestIn = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest

interface Manifest {
  readonly name: string
  readonly homepage?: string
  readonly bugs?: string
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string }
  readonly files?: readonly string[]
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** The programs of a README, each with the output that the text block after it shows, if there is one. */
function programsOf(readme: string): { program: string; output: string | undefined }[] {
  return [...readme.matchAll(/^```js\n(.*?)^```\n(?:\s*```text\n(.*?)^```)?/gms)].map(([, program = '', output]) => ({
    program,
    output,
  }))
}

describe.each(folders)('the README in /%s', (folder) => {
  const programs = programsOf(readmeIn(folder))

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

describe.each(published)('the package in /%s', (folder) => {
  const readme = readmeIn(folder)
  const manifest = manifestIn(folder)
  const installed = /^```sh\nnpm install (.+)\n```$/m.exec(readme)?.[1]?.split(' ') ?? []

  it('says first how to install it, with its peers', () => {
    const { name, peerDependencies = {}, peerDependenciesMeta = {} } = manifest
    const required = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true)
    expect(installed).toEqual([name, ...required])
    expect(readme.indexOf('npm install')).toBeLessThan(readme.indexOf('```js'))
  })

  it('has a first program that needs nothing but what is installed then', () => {
    const [first] = programsOf(readme)
    const packages = [...first!.program.matchAll(/from '(@[^/']+\/[^/']+|[^/']+)/g)].map(([, name]) => name)
    expect(packages.length).toBeGreaterThan(0)
    expect(packages.filter((name) => !installed.includes(name!))).toEqual([])
  })

  it('links to nothing that is not there once it is installed', () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link!)
    expect(links.filter((link) => !/^(https:|#)/.test(link))).toEqual([])
  })

  it('links to files of the repository that there are', () => {
    const prefix = new RegExp(`^${repository()}/(?:blob|tree)/main/`)
    const ours = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link!).filter((link) => prefix.test(link))
    expect(ours.filter((link) => !existsSync(join(root, link.replace(prefix, ''))))).toEqual([])
  })

  it('says where it is developed, as the root says it', () => {
    const directory = folder.replaceAll('\\', '/')
    expect(manifest.repository).toEqual({ ...manifestIn('').repository, directory })
    expect(manifest.homepage).toBe(`${repository()}/tree/main/${directory}#readme`)
    expect(manifest.bugs).toBe(`${repository()}/issues`)
  })
})

/** The address of the repository for people. */
function repository(): string {
  return manifestIn('').repository!.url.replace(/^git\+|\.git$/g, '')
}
