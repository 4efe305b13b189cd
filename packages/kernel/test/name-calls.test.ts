import { describe, expect, it } from 'vitest'
import {
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  BENEATH,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_RDWR,
  OMIT,
  readStat,
  RENAME_NOREPLACE,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  STAT_BYTES,
} from '@ht/core'
import { createMemoryTree } from '@ht/file/memory'
import { AT_FDCWD, createKernel, F_GETFD } from '../src/index.js'
import { createSource } from '../src/stdio/index.js'
import { acting, idleTask, kernelWith, outcome, utf8 } from './support/kernel.js'

describe('open', () => {
  it('gives the lowest free number', () => {
    const task = idleTask()
    const numbers = [task.open('/a', O_CREAT), task.open('/a'), task.open('/a')]
    task.close(1)
    expect([...numbers, task.open('/a')]).toEqual([0, 1, 2, 1])
  })

  it('with no number free: EMFILE, and nothing is created', () => {
    const task = idleTask({ limit: 0 })
    expect(outcome(() => task.open('/new', O_CREAT))).toBe('EMFILE')
    expect(task.openErrno('/nowhere')).toBe(-24)
    expect(task.readdir('/').map(({ name }) => name)).toEqual(['.', '..'])
  })

  it('wrong flags, an empty path and one that is too long come before EMFILE', () => {
    const task = idleTask({ limit: 0 })
    expect(task.openErrno('/d', O_CREAT | O_DIRECTORY)).toBe(-22)
    expect(task.openErrno('')).toBe(-2)
    expect(task.openErrno('a'.repeat(5000))).toBe(-36)
  })

  it('a path that leads nowhere takes no number', () => {
    const task = idleTask()
    expect(outcome(() => task.open('/nowhere'))).toBe('ENOENT')
    expect(task.open('/a', O_CREAT)).toBe(0)
  })

  it('close-on-exec is there from the start', () => {
    const task = idleTask()
    expect(task.fcntl(task.open('/a', O_CREAT | O_CLOEXEC), F_GETFD)).toBe(1)
    expect(task.fcntl(task.open('/a', O_CREAT), F_GETFD)).toBe(0)
  })

  it('an object of a kind that the kernel does not have is refused, and let go', () => {
    const tree = createMemoryTree()
    const [, directoryKind] = createMemoryTree().kinds
    const kernel = createKernel({ kinds: [directoryKind!], root: tree.root() })
    const task = idleTask({}, kernel)
    expect(() => task.open('/a', O_CREAT)).toThrow('kind ht:memory-file is not registered')
    expect(task.table.openCount()).toBe(0)
    expect(task.open('/')).toBe(0)
    kernel.close()
  })

  it('the umask takes permissions away, and a child has its parent’s', () => {
    const task = idleTask()
    expect(task.umask(0o077)).toBe(0o022)
    const child = acting(task).fork(async () => {})
    child.open('/a', O_CREAT, 0o666)
    child.mkdir('/d', 0o777)
    expect([task.stat('/a').mode & 0o7777, task.stat('/d').mode & 0o7777]).toEqual([0o600, 0o700])
    expect(task.umask(0)).toBe(0o077)
  })
})

describe('where a path begins', () => {
  it('at the working directory, at a directory’s handle, or at the root', () => {
    const task = idleTask()
    task.mkdir('/d')
    task.mkdir('/d/e')
    task.chdir('/d')
    const e = task.open('e')
    task.open('here', O_CREAT)
    task.openat(e, 'there', O_CREAT)
    task.openat(e, '/top', O_CREAT)
    task.openat(AT_FDCWD, '../up', O_CREAT)
    const list = (path: string) => task.readdir(path).map(({ name }) => name)
    expect(list('/')).toEqual(['.', '..', 'd', 'top', 'up'])
    expect(list('/d')).toEqual(['.', '..', 'e', 'here'])
    expect(list('e')).toEqual(['.', '..', 'there'])
  })

  it('one that begins with a slash does not look at the handle', () => {
    const task = idleTask()
    expect(task.openatErrno(99, '/a', O_CREAT)).toBe(0)
    expect(task.openatErrno(99, 'a')).toBe(-9)
    expect(task.openatErrno(0, 'a')).toBe(-20)
  })

  it('the handle is looked at after there is a number', () => {
    expect(idleTask({ limit: 0 }).openatErrno(99, 'a')).toBe(-24)
  })

  it('BENEATH is the tree’s to keep', () => {
    const task = idleTask()
    task.mkdir('/d')
    expect(task.openatErrno(task.open('/d'), '../d', BENEATH)).toBe(-18)
  })

  it('every call that begins at a directory takes BENEATH, and changes nothing above it', () => {
    const task = idleTask()
    task.mkdir('/d')
    task.symlink('x', '/link')
    task.close(task.open('/file', O_CREAT))
    task.close(task.open('/d/own', O_CREAT))
    const d = task.open('/d')
    const calls: ((path: string) => number | string)[] = [
      (path) => task.openatErrno(d, path, O_CREAT | BENEATH),
      (path) => task.mkdiratErrno(d, path, 0o777 | BENEATH),
      (path) => task.unlinkatErrno(d, path, BENEATH),
      (path) => task.renameatErrno(d, path, d, 'new', BENEATH),
      (path) => task.renameatErrno(d, 'own', d, path, BENEATH),
      (path) => task.linkatErrno(d, path, d, 'new', BENEATH),
      (path) => task.linkatErrno(d, 'own', d, path, BENEATH),
      (path) => task.symlinkatErrno('x', d, path, BENEATH),
      (path) => task.readlinkatErrno(d, path, BENEATH),
      (path) => task.fchmodatErrno(d, path, 0o600, BENEATH),
      (path) => task.utimensatErrno(d, path, 0, 0, BENEATH),
      (path) => task.fstatatErrno(d, path, BENEATH, new Uint8Array(STAT_BYTES)),
    ]
    const before = task.readdir('/').map(({ name }) => name)
    for (const path of ['../file', '../link', '../new', '/file', '/new']) {
      expect(calls.map((call) => call(path))).toEqual(calls.map(() => -18))
    }
    expect(task.readdir('/').map(({ name }) => name)).toEqual(before)
    task.mkdirat(d, 'made', 0o777 | BENEATH)
    task.symlinkat('/file', d, 'far', BENEATH)
    expect([task.stat('/d/made').mode & 0o7777, task.readlinkat(d, 'far', BENEATH)]).toEqual([0o755, '/file'])
  })

  it('a kernel without a root: ENOENT', () => {
    const task = idleTask({}, createKernel())
    expect([
      task.openErrno('/a'),
      task.openErrno('a'),
      task.getcwdErrno(),
      task.chdirErrno('/'),
      task.renameErrno('/a', '/b'),
    ]).toEqual([-2, -2, -2, -2, -2])
  })
})

describe('the working directory', () => {
  it('chdir and fchdir move it, getcwd says where it is now', () => {
    const task = idleTask()
    task.mkdir('/a')
    task.mkdir('/a/b')
    expect(task.getcwd()).toBe('/')
    task.chdir('a/b')
    expect(task.getcwd()).toBe('/a/b')
    task.rename('/a', '/c')
    expect(task.getcwd()).toBe('/c/b')
    task.fchdir(task.open('/c'))
    expect(task.getcwd()).toBe('/c')
    task.chdir('b')
    task.rmdir('../b')
    expect(outcome(() => task.getcwd())).toBe('ENOENT')
  })

  it('what is no directory: ENOTDIR, and it stays', () => {
    const task = idleTask()
    const file = task.open('/f', O_CREAT)
    expect([task.chdirErrno('/f'), task.fchdirErrno(file), task.fchdirErrno(99), task.chdirErrno('/no')]).toEqual([
      -20, -20, -9, -2,
    ])
    expect(task.getcwd()).toBe('/')
  })

  it('stays while it is a working directory, though its handle is closed', () => {
    const task = idleTask()
    task.mkdir('/d')
    const directory = task.open('/d')
    task.fchdir(directory)
    task.close(directory)
    expect(task.getcwd()).toBe('/d')
  })

  it('a fork has its own', () => {
    const task = idleTask()
    task.mkdir('/d')
    const child = acting(task).fork(async () => {})
    child.chdir('/d')
    expect([task.getcwd(), child.getcwd()]).toEqual(['/', '/d'])
  })
})

describe('names', () => {
  it('mkdir, rmdir, unlink, rename, link, symlink, readlink', () => {
    const task = idleTask()
    task.mkdir('/d')
    const file = task.open('/d/f', O_CREAT | O_RDWR)
    task.write(file, utf8('abc'))
    task.link('/d/f', '/g')
    task.symlink('d/f', '/l')
    expect(task.readlink('/l')).toBe('d/f')
    expect([task.stat('/l').size, task.stat('/g').nlink]).toEqual([3, 2])
    expect(task.stat('/l').mode & S_IFMT).toBe(S_IFREG)
    expect(task.lstat('/l').mode & S_IFMT).toBe(S_IFLNK)
    expect(task.fstatat(AT_FDCWD, '/l', AT_SYMLINK_NOFOLLOW).mode & S_IFMT).toBe(S_IFLNK)
    expect(task.rmdirErrno('/d')).toBe(-39)
    expect(task.unlinkErrno('/d')).toBe(-21)
    task.unlink('/d/f')
    task.rename('/g', '/d/h')
    expect(task.renameatErrno(AT_FDCWD, '/l', AT_FDCWD, '/d/h', RENAME_NOREPLACE)).toBe(-17)
    task.unlink('/d/h')
    task.unlinkat(AT_FDCWD, 'd', AT_REMOVEDIR)
    expect(task.readdir('/').map(({ name }) => name)).toEqual(['.', '..', 'l'])
    expect(task.readlinkErrno('/nowhere')).toBe(-2)
  })

  it('of two directories the first is looked at first', () => {
    const task = idleTask()
    const file = task.open('/f', O_CREAT)
    expect(task.renameatErrno(99, 'a', file, 'b')).toBe(-9)
    expect(task.renameatErrno(file, 'a', 99, 'b')).toBe(-20)
    const root = task.open('/')
    expect(task.renameatErrno(root, 'f', 99, 'b')).toBe(-9)
    expect(task.linkatErrno(root, 'f', file, 'b')).toBe(-20)
    expect(task.linkatErrno(root, 'f', root, 'b')).toBe(0)
  })

  it('chmod, fchmod, utimes and futimens', () => {
    const task = idleTask()
    const file = task.open('/f', O_CREAT)
    task.chmod('/f', 0o640)
    expect(task.stat('/f').mode & 0o7777).toBe(0o640)
    task.fchmod(file, 0o600)
    task.utimes('/f', 1_000_000, 2_000_000)
    task.futimens(file, OMIT, 3_000_000)
    expect(task.fstat(file)).toMatchObject({ atimeMs: 1000, mtimeMs: 3000 })
    expect(task.fstat(file).mode & 0o7777).toBe(0o600)
  })
})

describe('stat', () => {
  it('the errno forms fill bytes that readStat reads', () => {
    const task = idleTask()
    const out = new Uint8Array(STAT_BYTES)
    const file = task.open('/f', O_CREAT)
    expect([task.statErrno('/', out), readStat(out).mode & S_IFMT]).toEqual([0, S_IFDIR])
    expect([task.fstatErrno(file, out), readStat(out).mode & S_IFMT]).toEqual([0, S_IFREG])
    expect([task.lstatErrno('/no', out), task.fstatErrno(9, out), task.fstatErrno(file, out.subarray(1))]).toEqual([-2, -9, -22])
  })

  it('what is no file has the type of its kind, and its own number', () => {
    const task = idleTask({ stdin: createSource('x') })
    const [r, w] = task.pipe2()
    expect(task.fstat(0).mode & S_IFMT).toBe(S_IFCHR)
    expect(task.fstat(r).mode & S_IFMT).toBe(S_IFIFO)
    expect(task.fstat(r).ino).toBe(task.fstat(w).ino)
    expect(task.fstat(r).ino).not.toBe(task.fstat(0).ino)
  })
})

describe('reading directories', () => {
  it('readdir gives all entries, by path and by handle, and leaves the place of the handle', () => {
    const task = idleTask()
    const names = Array.from({ length: 300 }, (_, i) => `file-with-a-rather-long-name-${String(i)}`)
    for (const name of names) task.close(task.open(`/${name}`, O_CREAT))
    const directory = task.open('/')
    for (const which of ['/', directory, directory]) {
      expect(task.readdir(which).map(({ name }) => name)).toEqual(['.', '..', ...names])
    }
  })

  it('the longest name is read too', () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const name = 'n'.repeat(255)
    task.open(`/${name}`, O_CREAT)
    expect(task.readdir('/').at(-1)?.name).toBe(name)
  })

  it('what is no directory: ENOTDIR', () => {
    const task = idleTask()
    const file = task.open('/f', O_CREAT)
    expect([task.readdirErrno('/f'), task.readdirErrno(file), task.readdirErrno(99)]).toEqual([-20, -20, -9])
    expect(task.getdentsErrno(file, new Uint8Array(100))).toBe(-20)
  })

  it('getdents goes on where the open directory stands; no entry fits: EINVAL', () => {
    const task = idleTask()
    const directory = task.open('/')
    const out = new Uint8Array(4096)
    expect(task.getdents(directory, out)).toBeGreaterThan(0)
    expect(task.getdents(directory, out)).toBe(0)
    expect(task.getdents(directory, out, 0)).toBeGreaterThan(0)
    expect(task.getdentsErrno(directory, new Uint8Array(3), 0)).toBe(-22)
  })
})
