import { spawnSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHostTree, hostKinds } from '@ht/file/host'
import { createKernel } from '@ht/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programs } from '../../src/programs/index.js'
import { hasTool } from './support/compare.js'

const MEMORY = '/dev/shm'
const areTwo = existsSync(MEMORY) && statSync(MEMORY).dev !== statSync(tmpdir()).dev
let [from, to] = ['', '']

describe.skipIf(!areTwo || !hasTool('mv'))('mv from one file system to another does what the system’s does', () => {
  beforeAll(() => {
    from = mkdtempSync(join(tmpdir(), 'mv-'))
    to = mkdtempSync(join(MEMORY, 'mv-'))
  })
  afterAll(() => {
    for (const folder of [from, to]) rmSync(folder, { recursive: true })
  })

  it.each<[string, readonly string[]]>([
    ['a file', ['-v', 'FROM/a', 'TO']],
    ['a file over another', ['-v', 'FROM/a', 'TO/there']],
    ['a link', ['FROM/link', 'TO/n']],
    ['a directory with two names of one file', ['FROM/d', 'TO']],
    ['a directory into one that has its name', ['FROM/d', 'TO/full']],
    ['a file over a directory', ['FROM/a', 'TO/full/a', 'TO']],
  ])('%s', async (_, args) => {
    const outcomes = []
    for (const move of [moveByOurs, moveByTheirs]) {
      fill()
      const outcome = await move(args.map((arg) => arg.replace('FROM', from).replace('TO', to)))
      outcomes.push({ ...outcome, from: listed(from), to: listed(to) })
    }
    expect(outcomes[0]).toEqual(outcomes[1])
  })
})

function fill(): void {
  for (const folder of [from, to]) for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  writeFileSync(join(from, 'a'), 'text', { mode: 0o640 })
  symlinkSync('a', join(from, 'link'))
  mkdirSync(join(from, 'd', 'sub'), { recursive: true })
  writeFileSync(join(from, 'd', 'x'), 'x', { mode: 0o755 })
  linkSync(join(from, 'd', 'x'), join(from, 'd', 'y'))
  for (const name of ['a', 'd/x', 'd/sub', 'd']) utimesSync(join(from, name), 1_000_000_000, 1_100_000_000)
  writeFileSync(join(to, 'there'), 'old')
  mkdirSync(join(to, 'empty'))
  mkdirSync(join(to, 'full', 'a'), { recursive: true })
  mkdirSync(join(to, 'full', 'd'))
}

async function moveByOurs(args: readonly string[]) {
  const kernel = createKernel({ kinds: hostKinds, root: createHostTree('/').root() })
  const { status, stdout, stderr } = await kernel.run(programs['mv']!, { args, name: 'mv', env: {} })
  kernel.close()
  return { status, stdout: Buffer.from(stdout).toString(), stderr: Buffer.from(stderr).toString() }
}

function moveByTheirs(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('mv', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  return { status, stdout, stderr }
}

function listed(folder: string): unknown[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { mode, nlink, mtimeMs } = lstatSync(join(folder, name))
      const isOld = mtimeMs < 1_200_000_000_000
      const content = lstatSync(join(folder, name)).isSymbolicLink()
        ? readlinkSync(join(folder, name))
        : statSync(join(folder, name)).isFile()
          ? readFileSync(join(folder, name), 'utf8')
          : ''
      return [name, mode.toString(8), nlink, isOld && mtimeMs, content]
    })
}
