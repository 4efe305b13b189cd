import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AT_SYMLINK_FOLLOW, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, O_WRONLY } from '@ht/core'
import { createSharedMemory, leaveMemory, type SharedMemory } from '@ht/core/shared'
import { createFsTree } from '../src/fs-like/index.js'
import { createHostTree } from '../src/host/index.js'
import { createSharedHostTree, sharedHostKinds } from '../src/host/shared/index.js'
import { Calls, said } from './support/calls.js'
import { rightBefore } from './support/interpose.js'

const { pid, ppid } = process
const onLinux = describe.runIf(process.platform === 'linux')

/** A file that this process has open, whose text no path in the tree may give. */
let base: string
let secret: number
let memory: SharedMemory

beforeAll(() => {
  base = fs.mkdtempSync('/tmp/ht-own-')
  fs.writeFileSync(`${base}/secret`, 'secret')
  secret = fs.openSync(`${base}/secret`, 'r')
  // Outside of every tree that is not rooted at /.
  fs.mkdirSync(`${base}/in/deep`, { recursive: true })
  fs.writeFileSync(`${base}/in/file`, 'plain')
  const links = {
    fd: '/proc/self/fd',
    'deep/far': '../../../../proc/self/fd',
    'deep/number': `/dev/fd/${secret}`,
    stdin: '/dev/stdin',
    root: '/proc/self/root',
    cwd: `/proc/${pid}/cwd`,
    twice: 'stdin',
  }
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, `${base}/in/${name}`)
  memory = createSharedMemory({ kinds: sharedHostKinds })
})

afterAll(() => {
  fs.closeSync(secret)
  fs.rmSync(base, { recursive: true, force: true })
  leaveMemory(memory)
})

const trees = {
  host: () => createHostTree('/'),
  'host, shared': () => createSharedHostTree('/', memory),
  'node:fs': () => createFsTree(fs, '/'),
}

/** Paths to what is this process's own, or another's. */
const own = () => [
  '/dev/stdin',
  '/dev/stdout',
  '/dev/stderr',
  '/dev/fd',
  `/dev/fd/${secret}`,
  '/proc/self',
  '/proc/self/',
  '/proc/self/fd',
  `/proc/self/fd/${secret}`,
  `/proc/self/fd/${secret}/`,
  '/proc/thread-self',
  '/proc/thread-self/fd/0',
  `/proc/${pid}`,
  `/proc/${pid}/.`,
  `/proc/${pid}/environ`,
  `/proc/${pid}/mem`,
  `/proc/${pid}/maps`,
  `/proc/${pid}/cmdline`,
  `/proc/${pid}/exe`,
  `/proc/${pid}/cwd`,
  `/proc/${pid}/root`,
  `/proc/${pid}/root${base}/secret`,
  `/proc/${pid}/cwd/package.json`,
  `/proc/${pid}/task`,
  `/proc/${pid}/task/${pid}/fd/${secret}`,
  `/proc/${pid}/map_files`,
  `/proc/${pid}/fd/../fd/${secret}`,
  `/proc/${pid}/fd/..`,
  `/proc//.//${pid}/../${pid}/stat`,
  `/proc/${ppid}/environ`,
  '/proc/mounts',
  '/proc/net',
  '/proc/net/tcp',
  '/proc/kcore',
  '/proc/kmsg',
  '/proc/sys',
  '/proc/cmdline',
  '/proc/1/stat',
  `${base}/in/fd`,
  `${base}/in/fd/${secret}`,
  `${base}/in/deep/far/${secret}`,
  `${base}/in/deep/number`,
  `${base}/in/stdin`,
  `${base}/in/twice`,
  `${base}/in/root/etc/passwd`,
  `${base}/in/cwd`,
]

for (const [name, make] of Object.entries(trees)) {
  onLinux(`${name}: what is a process’s own`, () => {
    it('is ENOENT by every path', () => {
      const root = new Calls(make().root())
      for (const path of own()) {
        const came = [O_RDONLY, O_WRONLY, O_RDWR | O_CREAT, O_RDONLY | O_DIRECTORY].map((flags) => root.tryOpen(path, flags))
        const others = [root.stat(path, 0), said(root.ops.setModeAt(path, 0o600, 0)), said(root.ops.setTimesAt(path, 0, 0, 0))]
        // What lies behind no directory may also be no directory.
        const allowed = ['ENOENT', 'ENOTDIR']
        for (const answer of [...came, ...others]) expect(allowed, path).toContain(answer)
        expect([path, root.link(path, `${base}/in/made`, AT_SYMLINK_FOLLOW)]).toEqual([
          path,
          expect.stringMatching(/^E(NOENT|NOTDIR)$/),
        ])
      }
      root.close()
      expect(fs.readdirSync(`${base}/in`)).not.toContain('made')
    })

    it('cannot be looked at, moved or linked as the link that it is either', () => {
      const root = new Calls(make().root())
      for (const path of ['/proc/self', `/proc/${pid}/cwd`, `/proc/${pid}/fd/${secret}`, '/proc/mounts']) {
        expect([
          root.readlink(path),
          root.stat(path, 0x100),
          root.rename(path, `${base}/in/made`),
          root.link(path, `${base}/in/made`),
          root.unlink(path),
        ]).toEqual(Array(5).fill('ENOENT'))
        expect(root.rename(`${base}/in/file`, path)).toBe('ENOENT')
      }
      // A link in a directory of the tree is one of the tree's, wherever it leads.
      expect(root.readlink(`${base}/in/stdin`)).toBe('/dev/stdin')
      root.close()
    })

    it('is not listed', () => {
      const root = new Calls(make().root())
      const proc = root.directory('/proc')
      const names = proc.names()
      expect(names).toContain('cpuinfo')
      for (const hidden of ['self', 'thread-self', String(pid), 'mounts', 'kcore', 'sys']) expect(names).not.toContain(hidden)
      expect([
        proc.tryOpen(`self/fd/${secret}`, O_RDONLY),
        proc.tryOpen(String(pid), O_RDONLY),
        proc.tryOpen('../dev/stdin', O_RDONLY),
      ]).toEqual(Array(3).fill('ENOENT'))
      proc.close()
      root.close()
    })

    it('hides nothing else: files beside it, and what proc(5) tells of the machine', () => {
      const root = new Calls(make().root())
      expect(root.read(`${base}/in/file`)).toBe('plain')
      expect(root.read(`/proc/../${base}/in/file`)).toBe('plain')
      expect(root.read('/proc/version')).toContain('Linux')
      expect(root.read('/proc/meminfo')).toContain('MemTotal')
      root.close()
    })
  })
}

onLinux('a root in proc(5)', () => {
  it('leads to nothing of a process’s', () => {
    for (const path of ['/proc', '/proc/self', '/proc/self/fd', `/proc/${pid}/task`]) {
      for (const make of [() => createHostTree(path), () => createFsTree(fs, path)]) {
        const root = new Calls(make().root())
        const names = [
          'self',
          String(pid),
          'fd',
          'environ',
          'cwd',
          'exe',
          'root',
          '0',
          String(secret),
          `${pid}/fd/${secret}`,
          'fd/0',
          'stat/x',
        ]
        for (const name of names)
          expect([path, name, root.tryOpen(name, O_RDONLY)]).toEqual([path, name, expect.stringMatching(/^E(NOENT|NOTDIR)$/)])
        expect(root.tryOpen('cpuinfo', O_RDONLY)).toBe(path === '/proc' ? 'opened' : 'ENOENT')
        expect(root.tryOpen('status', O_RDONLY)).toBe('ENOENT')
        root.close()
      }
    }
  })
})

onLinux('a file that becomes a process’s own in the middle of a call', () => {
  it('is not opened', () => {
    for (let moment = 0, reached = true; reached; moment++) {
      fs.rmSync(`${base}/in/turn`, { force: true })
      fs.writeFileSync(`${base}/in/turn`, 'plain')
      const root = new Calls(createHostTree('/').root())
      const due = rightBefore(moment, () => {
        fs.unlinkSync(`${base}/in/turn`)
        fs.symlinkSync(`/proc/self/fd/${secret}`, `${base}/in/turn`)
      })
      const got = root.tryOpen(`${base}/in/turn`, O_RDONLY)
      due.end()
      expect(['ENOENT', 'opened']).toContain(got)
      if (got === 'opened') expect(moment).toBeGreaterThan(0)
      reached = due.reached()
      root.close()
    }
  })
})

/** Whether this process may mount; only where it has a namespace of its own for that would it be right to. */
function mounts(): boolean {
  try {
    run('unshare', ['--mount', 'true'])
    return true
  } catch {
    return false
  }
}

onLinux('a mount of proc(5) elsewhere', () => {
  it.runIf(process.platform === 'linux' && mounts())('hides the same, whether it is bound or new', () => {
    const script = `
      import * as fs from 'node:fs'
      import { DirectoryOps } from '@ht/core'
      import { createHostTree } from '@ht/file/host'
      const base = ${JSON.stringify(base)}
      const ops = createHostTree(base).root().as(DirectoryOps)
      const open = (path) => { const it = ops.openAt(path, 0, 0); return typeof it === 'number' ? it : 0 }
      console.log(JSON.stringify(['bound/0', 'bound/${secret}', 'new/self/environ', 'new/' + process.pid + '/cwd', 'new/version', 'file-bound'].map(open)))
    `
    fs.mkdirSync(`${base}/bound`)
    fs.mkdirSync(`${base}/new`)
    fs.writeFileSync(`${base}/file-bound`, '')
    fs.writeFileSync(`${base}/script.mjs`, script)
    const node = [process.execPath, '--import', 'tsx', '--conditions', '@ht/source', `${base}/script.mjs`]
    const commands = [
      `mount --bind /proc/self/fd ${base}/bound 2>/dev/null || mount --bind /proc/1 ${base}/bound`,
      `mount -t proc proc ${base}/new`,
      `mount --bind /proc/1/environ ${base}/file-bound`,
      node.map((it) => `'${it}'`).join(' '),
    ]
    fs.mkdirSync(`${base}/node_modules/@ht`, { recursive: true })
    for (const name of ['core', 'file'])
      fs.symlinkSync(new URL(`../../${name}`, import.meta.url).pathname, `${base}/node_modules/@ht/${name}`)
    fs.symlinkSync(new URL('../../../node_modules/tsx', import.meta.url).pathname, `${base}/node_modules/tsx`)
    const out = run('unshare', ['--mount', 'sh', '-ec', commands.join('\n')])
    expect(JSON.parse(out)).toEqual([-2, -2, -2, -2, 0, -2])
  })
})

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', cwd: base, stdio: ['ignore', 'pipe', 'pipe'] })
}
