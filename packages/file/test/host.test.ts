import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  APPEND,
  AT_REMOVEDIR,
  DirectoryOps,
  FileOps,
  HandleTable,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  openObjectOf,
  StreamOps,
} from '@ht/core'
import { createFsTree } from '../src/fs-like/index.js'
import { createHostTree } from '../src/host/index.js'
import { Calls, said } from './support/calls.js'
import { rightBefore } from './support/interpose.js'
import { withDirectory } from './support/temporary.js'

const onLinux = describe.runIf(process.platform === 'linux')

/** The descriptors of this process. */
const descriptors = () => fs.readdirSync('/proc/self/fd').length

onLinux('descriptors of the host', () => {
  it('are closed exactly once, whatever a call came to', () =>
    withDirectory((path) => {
      const before = descriptors()
      const root = new Calls(createHostTree(path).root())
      fs.mkdirSync(`${path}/d/e`, { recursive: true })
      fs.writeFileSync(`${path}/d/f`, 'x')
      fs.symlinkSync('d', `${path}/l`)
      fs.symlinkSync('loop', `${path}/loop`)
      makeFifo(`${path}/fifo`)
      const d = root.directory('d')
      const held = descriptors()
      const flags = [O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL, O_RDONLY | O_DIRECTORY, O_RDONLY | O_NOFOLLOW]
      const paths = [
        'd/f',
        'l/f',
        'l/e/../f',
        'd/f/x',
        'd/no/x',
        'd/new',
        'loop',
        'loop/x',
        'fifo',
        '.',
        '..',
        '/',
        'd/e',
        'l/',
        'd/f/',
        '/d/../d/e/..',
        '',
      ]
      for (const each of paths) {
        for (const calls of [root, d]) {
          for (const flag of flags) calls.tryOpen(each, flag)
          calls.stat(each)
          calls.ops.setModeAt(each, 0o755, 0)
          calls.ops.setTimesAt(each, 1e6, 1e6, 0)
          calls.mkdir(`${each}/made`)
          calls.ops.unlinkAt(`${each}/made`, AT_REMOVEDIR)
          calls.link(each, 'd/linked')
          calls.rename('d/linked', `${each}/renamed`)
          calls.unlink(`${each}/renamed`)
          calls.readlink(each)
          calls.ops.readDir(0, new Uint8Array(1000))
          calls.ops.pathOf()
        }
      }
      expect(descriptors()).toBe(held)
      d.close()
      root.close()
      expect(descriptors()).toBe(before)
    }))

  it('an open file has one, a second once append was switched, and none after its last release', () =>
    withDirectory((path) => {
      const root = new Calls(createHostTree(path).root())
      const before = descriptors()
      const file = root.open('a', O_RDWR | O_CREAT)
      expect(descriptors()).toBe(before + 1)
      openObjectOf(file.object).status |= APPEND
      file.write('x')
      file.write('y')
      expect(descriptors()).toBe(before + 2)
      const table = new HandleTable()
      const handle = table.insert(file.object)
      table.dup(handle)
      table.close(handle)
      expect(descriptors()).toBe(before + 2)
      table.dispose()
      expect(descriptors()).toBe(before)
      root.close()
    }))

  it('the tree holds none while nothing of it is open', () =>
    withDirectory((path) => {
      const before = descriptors()
      const tree = createHostTree(path)
      expect(descriptors()).toBe(before)
      tree.root().release()
      expect(descriptors()).toBe(before)
      fs.rmdirSync(path)
      expect(() => tree.root()).toThrow('ENOENT')
      expect(descriptors()).toBe(before)
    }))

  it('are closed when any call of the host fails in the middle, and its error is the answer', () =>
    withDirectory((path) => {
      fs.mkdirSync(`${path}/a/b/c`, { recursive: true })
      fs.writeFileSync(`${path}/a/b/c/f`, '')
      fs.symlinkSync('b', `${path}/a/l`)
      const root = new Calls(createHostTree(path).root())
      const a = root.directory('a')
      const before = descriptors()
      const calls: Record<string, () => unknown> = {
        open: () => root.tryOpen('a/l/c/f', O_RDWR),
        create: () => root.tryOpen('a/l/../b/c/new', O_RDWR | O_CREAT),
        directory: () => root.tryOpen('a/b', O_RDONLY),
        up: () => a.tryOpen('../a/b/c/f', O_RDONLY),
        chmod: () => said(root.ops.setModeAt('a/b/c/f', 0o644, 0)),
        rename: () => root.rename('a/b/c/f', 'a/l/g') === 0 && root.rename('a/b/g', 'a/b/c/f'),
        root: () => said(a.ops.statAt('/a/b', 0, new Uint8Array(200))),
        readDir: () => said(a.ops.readDir(0, new Uint8Array(1000))),
        sync: () => said(a.object.as(FileOps)!.sync(0)),
        path: () => a.ops.pathOf(),
      }
      const failed = new Set<string>()
      for (const [name, call] of Object.entries(calls)) {
        for (let moment = 0, reached = true; reached; moment++) {
          const fault = rightBefore(moment, () => {
            throw Object.assign(new Error('out of descriptors'), { code: 'EMFILE' })
          }, ['closeSync', 'readdirSync'])
          try {
            if (call() === 'EMFILE') failed.add(name)
          } finally {
            fault.end()
          }
          reached = fault.reached()
          expect(descriptors(), `${name}, call ${moment}`).toBe(before)
        }
      }
      expect([...failed].sort()).toEqual(
        Object.keys(calls)
          .filter((it) => it !== 'path')
          .sort(),
      )
      a.close()
      root.close()
    }))
})

onLinux('what could block is not opened', () => {
  it('FIFOs and sockets are ENXIO, at once', async () => {
    const path = fs.mkdtempSync('/tmp/ht-file-')
    makeFifo(`${path}/fifo`)
    const server = createServer().listen(`${path}/socket`)
    await once(server, 'listening')
    const root = new Calls(createHostTree(path).root())
    try {
      for (const name of ['fifo', 'socket']) {
        for (const flags of [O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_CREAT | O_TRUNC]) {
          expect(root.tryOpen(name, flags)).toBe('ENXIO')
        }
        expect(root.known(name).mode).toBeGreaterThan(0)
      }
    } finally {
      root.close()
      server.close()
      fs.rmSync(path, { recursive: true })
    }
  })

  it('nor when it took the place of a file in the middle of the call', () => {
    let moment = 0
    const tryMoment = () =>
      withDirectory((path) => {
        const root = new Calls(createHostTree(path).root())
        root.write('f', '')
        const before = descriptors()
        const due = rightBefore(moment++, () => {
          fs.unlinkSync(`${path}/f`)
          makeFifo(`${path}/f`)
        })
        const got = root.tryOpen('f', O_RDONLY)
        due.end()
        expect(['ENXIO', 'opened']).toContain(got)
        expect(descriptors()).toBe(before)
        root.close()
        return due.reached()
      })
    while (tryMoment());
    expect(moment).toBeGreaterThan(2)
  })

  it('memory devices that never block are opened, terminals and the rest are ENXIO', () => {
    const dev = new Calls(createHostTree('/dev').root())
    const file = dev.open('null', O_RDWR)
    expect([file.write('abc'), file.read(10)]).toEqual([3, ''])
    file.close()
    const zero = dev.open('zero', O_RDONLY)
    expect(zero.read(3)).toBe('\0\0\0')
    zero.close()
    for (const name of ['tty', 'ptmx', 'console', 'kmsg', 'mem']) {
      if (fs.existsSync(`/dev/${name}`)) expect(dev.tryOpen(name, O_RDONLY)).toBe('ENXIO')
    }
    dev.close()
  })
})

for (const [name, create] of [
  ['host', (path: string) => createHostTree(path, { readOnly: true })],
  ['fs-like', (path: string) => createFsTree(fs, path, { readOnly: true })],
] as const) {
  describe(`${name}: a read-only tree`, () => {
    it('reads, and refuses every change with EROFS, but first what is wrong anyway', () =>
      withDirectory((path) => {
        fs.mkdirSync(`${path}/d`)
        fs.writeFileSync(`${path}/f`, 'text')
        const root = new Calls(create(path).root())
        expect(root.read('f')).toBe('text')
        const opens = [O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_RDONLY | O_APPEND | O_WRONLY]
        expect(opens.map((flags) => root.tryOpen('f', flags))).toEqual(Array(4).fill('EROFS'))
        expect([root.tryOpen('new', O_RDONLY | O_CREAT), root.tryOpen('f', O_RDONLY | O_CREAT)]).toEqual(['EROFS', 'opened'])
        const changes = [
          root.mkdir('e'),
          root.unlink('f'),
          root.rmdir('d'),
          root.rename('f', 'g'),
          root.link('f', 'g'),
          root.symlink('f', 'g'),
          said(root.ops.setModeAt('f', 0o600, 0)),
          said(root.ops.setTimesAt('f', 0, 0, 0)),
        ]
        expect(changes).toEqual(Array(8).fill('EROFS'))
        expect([root.mkdir('d'), root.unlink('no'), root.rename('no', 'g')]).toEqual(['EEXIST', 'ENOENT', 'ENOENT'])
        const file = root.open('f', O_RDONLY)
        expect([said(file.ops.setMode(0o600)), said(file.ops.setTimes(0, 0)), file.truncate(0)]).toEqual([
          'EROFS',
          'EROFS',
          'EINVAL',
        ])
        file.close()
        root.close()
        expect(fs.readdirSync(path).sort()).toEqual(['d', 'f'])
      }))
  })
}

describe('bad arguments of trees', () => {
  it('name what is wrong', () => {
    for (const create of [createHostTree, (root: string, options?: object) => createFsTree(fs, root, options)]) {
      for (const root of [undefined, 7, '', 'a\0b', null] as unknown as string[]) {
        expect(() => create(root)).toThrow(/EINVAL: root must be/)
      }
      expect(() => create('/', null as never)).toThrow(/EINVAL: options must be/)
      expect(() => create('/', { readOnly: 1 } as never)).toThrow(/EINVAL: options.readOnly/)
      expect(() => create('/no/such/place').root()).toThrow('ENOENT')
      expect(() => create('/etc/passwd').root()).toThrow('ENOTDIR')
    }
    for (const given of [undefined, null, 7, {}]) expect(() => createFsTree(given as never, '/')).toThrow(/EINVAL: fs must be/)
  })
})

describe('append on the host', () => {
  it('is one step: two writers of one file never write over each other', () =>
    withDirectory((path) => {
      const first = new Calls(createHostTree(path).root())
      const second = new Calls(createHostTree(path).root())
      const [a, b] = [first.open('log', O_WRONLY | O_CREAT | O_APPEND), second.open('log', O_WRONLY | O_APPEND)]
      for (let i = 0; i < 10; i++) {
        a.write('a')
        b.write('b')
      }
      expect(first.read('log')).toBe('ab'.repeat(10))
      for (const it of [a, b, first, second]) it.close()
    }))
})

describe('a directory of the host', () => {
  it('is usable from a handle table like any other object', () =>
    withDirectory((path) => {
      const table = new HandleTable()
      const handle = table.insert(createHostTree(path).root())
      const made = table.withObject(handle, (root) => {
        const file = root.as(DirectoryOps)!.openAt('f', O_RDWR | O_CREAT, 0o644)
        return typeof file === 'number' ? file : table.insert(file)
      })
      expect(table.withObject(made!, (file) => file.as(StreamOps)!.write(Buffer.from('hi')))).toBe(2)
      expect(table.getObjectInfo(handle)).toMatchObject({ objectType: 1, kindName: 'ht:host-directory', description: '/' })
      table.dispose()
      expect(fs.readFileSync(`${path}/f`, 'utf8')).toBe('hi')
    }))
})

/** By another program, since Node cannot. */
function makeFifo(path: string): void {
  execFileSync('mkfifo', [path])
}
