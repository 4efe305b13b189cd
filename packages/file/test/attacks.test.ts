import * as fs from 'node:fs'
import { createFsFromVolume, Volume } from 'memfs'
import { describe, expect, it } from 'vitest'
import {
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  DirectoryOps,
  FileOps,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  readEntries,
  STAT_BYTES,
  StreamOps,
  type DirectoryMethods,
  type KernelObject,
} from '@ht/core'
import { createFsTree } from '../src/fs-like/index.js'
import { createHostTree } from '../src/host/index.js'
import { createMemoryTree } from '../src/memory/index.js'
import { rightBefore } from './support/interpose.js'
import { withDirectory } from './support/temporary.js'

/*
 * Outside of the root lies a secret: in the directory that contains it, and in one beside it whose name begins
 * like the root's. No call may read, change, move or see it, whatever path it is given.
 */

const SECRET = 'the secret'

/** A confined tree, and what is outside of it. */
interface Scene {
  readonly root: KernelObject
  /** The path of the root, as the file system below names it. */
  readonly path: string
  /** Everything outside of the root, to be compared before and after. */
  outside(): string
}

const scenes: Record<string, (use: (scene: Scene) => void) => void> = {
  host: (use) => withDirectory((base) => onFs(fs, base, (path) => createHostTree(path).root(), use)),
  'node:fs': (use) => withDirectory((base) => onFs(fs, base, (path) => createFsTree(fs, path).root(), use)),
  memfs(use) {
    const memfs = createFsFromVolume(new Volume())
    memfs.mkdirSync('/base')
    onFs(memfs as unknown as typeof fs, '/base', (path) => createFsTree(memfs, path).root(), use)
  },
  memory(use) {
    const tree = createMemoryTree()
    use({ root: tree.root(), path: '/base/root', outside: () => '' })
  },
}

/** Ways out, given where the root is. `in` is a directory of the tree, with links that lead out. */
const ATTACKS = (root: string) => [
  '../secret',
  '../../secret',
  '../root-secret/secret',
  'in/../../secret',
  'in/deep/../../../secret',
  'in/./..//../secret',
  '../root/../secret',
  `${root}/../secret`,
  `${root}-secret/secret`,
  `${root.slice(0, root.lastIndexOf('/'))}/secret`,
  '/../secret',
  '//../secret',
  '/proc/self/root/etc/passwd',
  '/proc/self/cwd/package.json',
  '/etc/passwd',
  '/dev/shm',
  'up',
  'in/up',
  'in/absolute',
  'in/chain',
  'in/directory/secret',
  'in/directory/../secret',
  'in/absoluteDirectory/secret',
  'in/self/self/self/../../secret',
  'in/loop',
  'in/loop/secret',
  'in/cwd/secret',
  '..\\secret',
  'in\\..\\..\\secret',
  '../secret/',
  '../',
  '..',
  '....//secret',
  '%2e%2e/secret',
  '../'.repeat(1000) + 'secret',
  'in/'.repeat(1000) + '../'.repeat(1001) + 'secret',
]

describe('paths that try to leave', () => {
  for (const [name, stage] of Object.entries(scenes)) {
    it(`a tree of ${name}`, () =>
      stage((scene) => {
        const before = scene.outside()
        const directory = scene.root.as(DirectoryOps)!
        plant(directory, scene.path)
        for (const start of [scene.root, opened(directory, 'in'), opened(directory, 'in/deep')]) {
          for (const path of ATTACKS(scene.path)) attempt(start, path)
        }
        // Nor does what was made in these attempts lead anywhere else.
        for (const path of ATTACKS(scene.path)) attempt(scene.root, path)
        expect(scene.outside()).toBe(before)
        scene.root.release()
      }))
  }

  it('a NUL, on every tree, is EINVAL also for who does not check it', () => {
    const tree = createMemoryTree()
    expect(() => tree.writeFile('a\0', '')).toThrow('EINVAL')
    withDirectory((path) => expect(() => createHostTree(`${path}\0`)).toThrow('EINVAL'))
  })
})

describe.runIf(process.platform === 'linux')('an outsider who changes the tree in the middle of a call', () => {
  for (const [change, make] of Object.entries(changes())) {
    it(`leads no call of a host tree out: ${change}`, () => {
      expect(createHostTree('/').raceFree).toBe(true)
      const { found, moments } = escapes((path) => createHostTree(path).root(), make)
      expect(found).toEqual([])
      expect(moments).toBeGreaterThan(100)
    })
  }

  it('and would be found out, if one did: a walk by path alone can be led', () => {
    const { found, moments } = escapes((path) => createFsTree(fs, path).root(), changes()['a directory becomes a link']!)
    expect(moments).toBeGreaterThan(100)
    expect(found.length).toBeGreaterThan(0)
  })
})

/** The moments, in a few calls, at which a change outside leads somewhere outside of the root. */
function escapes(rootOf: (path: string) => KernelObject, change: (base: string) => void): { found: string[]; moments: number } {
  const found: string[] = []
  let moments = 0
  for (const way of ['in/deep/secret', 'in/deep/../deep/new', 'in/deep']) {
    let reached: boolean
    let moment = 0
    do {
      reached = withDirectory((base) => {
        let happened = false
        onFs(fs, base, rootOf, ({ root, outside, path }) => {
          plant(root.as(DirectoryOps)!, path)
          fs.writeFileSync(`${path}/in/deep/secret`, 'inside')
          const before = outside()
          const due = rightBefore(moment, () => change(base))
          try {
            attempt(root, way)
          } catch (error) {
            found.push(`${way} at call ${moment}: ${String(error)}`)
          } finally {
            due.end()
            root.release()
          }
          if (outside() !== before) found.push(`${way} at call ${moment}: changed something`)
          happened = due.reached()
        })
        return happened
      })
      moment++
      moments++
    } while (reached)
  }
  return { found, moments }
}

describe.runIf(process.platform === 'linux')('a directory that is open while it is moved out of the root', () => {
  it('leads to nothing any more, neither upwards nor below', () =>
    withDirectory((base) =>
      onFs(
        fs,
        base,
        (path) => createHostTree(path).root(),
        ({ root, path }) => {
          const directory = root.as(DirectoryOps)!
          plant(directory, path)
          const deep = opened(directory, 'in/deep')
          fs.renameSync(`${path}/in/deep`, `${base}/gone`)
          fs.writeFileSync(`${base}/gone/f`, SECRET)
          const ops = deep.as(DirectoryOps)!
          for (const way of ['f', '../secret', '..', '.', 'g']) {
            expect(ops.openAt(way, O_RDONLY, 0)).toBe(-2)
            expect(ops.openAt(way, O_RDWR | O_CREAT, 0o644)).toBe(-2)
          }
          expect([ops.pathOf(), ops.unlinkAt('f', 0), ops.readDir(0, new Uint8Array(100))]).toEqual([-2, -2, -2])
          expect(ops.renameAt('f', root, 'stolen', 0)).toBe(-2)
          expect(fs.existsSync(`${base}/gone/g`)).toBe(false)
          // But an absolute path of it begins at the root, as ever.
          fs.renameSync(`${base}/gone`, `${path}/back`)
          expect(ops.pathOf()).toBe('/back')
          deep.release()
          root.release()
        },
      ),
    ))

  it('and the root itself may be moved: it is the directory, not the path', () =>
    withDirectory((base) =>
      onFs(
        fs,
        base,
        (path) => createHostTree(path).root(),
        ({ root, path }) => {
          const directory = root.as(DirectoryOps)!
          plant(directory, path)
          fs.renameSync(path, `${base}/elsewhere`)
          fs.mkdirSync(path)
          const deep = opened(directory, 'in/deep')
          expect(deep.as(DirectoryOps)!.pathOf()).toBe('/in/deep')
          expect(deep.as(DirectoryOps)!.mkdirAt('../../made', 0o755)).toBe(0)
          expect(fs.existsSync(`${base}/elsewhere/made`)).toBe(true)
          deep.release()
          root.release()
        },
      ),
    ))
})

/** Does everything with a path that can be done with one; what it reads must not be the secret. */
function attempt(start: KernelObject, path: string): void {
  const directory = start.as(DirectoryOps)!
  const stat = new Uint8Array(STAT_BYTES)
  const buffer = new Uint8Array(4096)
  const file = directory.openAt(path, O_RDONLY, 0)
  if (typeof file !== 'number') {
    const read = file.as(StreamOps)!.read(buffer)
    expect(Buffer.from(buffer.subarray(0, Math.max(0, read))).toString()).not.toContain(SECRET)
    expect(Buffer.from(buffer.subarray(0, Math.max(0, read))).toString()).not.toContain('root:')
    const listing = file.as(DirectoryOps)
    if (listing !== undefined) {
      const filled = Math.max(0, listing.readDir(0, buffer))
      expect(readEntries(buffer, filled).map((it) => it.name)).not.toContain('root-secret')
      expect(String(listing.pathOf())).not.toContain('..')
    }
    file.as(FileOps)!.setMode(0o755)
    file.release()
  }
  for (const flags of [O_RDWR | O_CREAT | O_TRUNC, O_RDWR]) {
    const written = directory.openAt(path, flags, 0o644)
    if (typeof written === 'number') continue
    written.as(StreamOps)!.write(Buffer.from('inside'))
    written.release()
  }
  directory.statAt(path, 0, stat)
  directory.setModeAt(path, 0o755, 0)
  directory.setTimesAt(path, 1e6, 1e6, 0)
  directory.setTimesAt(path, 1e6, 1e6, AT_SYMLINK_NOFOLLOW)
  directory.linkAt(path, start, 'linked', AT_SYMLINK_FOLLOW)
  directory.unlinkAt('linked', 0)
  directory.mkdirAt(`${path}-made`, 0o755)
  directory.unlinkAt(`${path}-made`, AT_REMOVEDIR)
  directory.symlinkAt('x', `${path}-link`)
  directory.renameAt(`${path}-link`, start, `${path}-renamed`, 0)
  directory.unlinkAt(`${path}-renamed`, 0)
  directory.readlinkAt(path)
  directory.renameAt('in/none', start, path, 0)
}

/** Puts a directory with links that lead out into the tree. */
function plant(directory: DirectoryMethods, root: string): void {
  const above = root.slice(0, root.lastIndexOf('/'))
  directory.mkdirAt('in', 0o755)
  directory.mkdirAt('in/deep', 0o755)
  for (const [target, path] of [
    ['../secret', 'up'],
    ['../../secret', 'in/up'],
    [`${above}/secret`, 'in/absolute'],
    ['up', 'in/chain'],
    ['../..', 'in/directory'],
    [above, 'in/absoluteDirectory'],
    ['.', 'in/self'],
    ['loop', 'in/loop'],
    ['/proc/self/cwd', 'in/cwd'],
  ] as const) {
    directory.symlinkAt(target, path)
  }
}

function onFs(it: typeof fs, base: string, rootOf: (path: string) => KernelObject, use: (scene: Scene) => void): void {
  it.mkdirSync(`${base}/root`)
  it.mkdirSync(`${base}/root-secret`)
  it.writeFileSync(`${base}/secret`, SECRET)
  it.writeFileSync(`${base}/root-secret/secret`, SECRET)
  const outside = () =>
    [base, `${base}/root-secret`]
      .flatMap((folder) =>
        it
          .readdirSync(folder)
          .sort()
          .map((name) => `${folder}/${name}`),
      )
      .filter((path) => path !== `${base}/root`)
      .map((path) => {
        const { mode, mtimeMs, nlink } = it.lstatSync(path)
        const content = path.endsWith('secret') && !path.endsWith('root-secret') ? it.readFileSync(path, 'utf8') : ''
        return `${path} ${mode} ${mtimeMs} ${nlink} ${content}`
      })
      .join('\n')
  use({ root: rootOf(`${base}/root`), path: `${base}/root`, outside })
}

/** What an outsider does, given the directory that the root is in. */
function changes(): Record<string, (base: string) => void> {
  const deep = (base: string) => `${base}/root/in/deep`
  return {
    'a directory becomes a link'(base) {
      fs.renameSync(deep(base), `${base}/root/aside`)
      fs.symlinkSync('../../root-secret', deep(base))
    },
    'the directory above becomes a link'(base) {
      fs.renameSync(`${base}/root/in`, `${base}/root/aside`)
      fs.symlinkSync('..', `${base}/root/in`)
    },
    'the file becomes a link'(base) {
      fs.rmSync(`${deep(base)}/secret`, { force: true })
      fs.symlinkSync('../../../secret', `${deep(base)}/secret`)
    },
    'the file becomes a link to an absolute path'(base) {
      fs.rmSync(`${deep(base)}/secret`, { force: true })
      fs.symlinkSync(`${base}/secret`, `${deep(base)}/secret`)
    },
    'a directory is moved up within the root'(base) {
      fs.renameSync(deep(base), `${base}/root/up2`)
    },
  }
}

function opened(directory: DirectoryMethods, path: string): KernelObject {
  const answer = directory.openAt(path, O_RDONLY | O_DIRECTORY, 0)
  if (typeof answer === 'number') throw new Error(`${path}: ${answer}`)
  return answer
}
