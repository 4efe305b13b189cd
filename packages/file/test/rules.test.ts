import { describe, expect, it } from 'vitest'
import {
  APPEND,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  BENEATH,
  ControlOps,
  createRegistry,
  DirectoryOps,
  FIONREAD,
  FileOps,
  HandleTable,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  OMIT,
  openObjectOf,
  readEntries,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  STAT_BYTES,
  StreamOps,
} from '@ht/core'
import { fsKinds } from '../src/fs-like/index.js'
import { hostKinds } from '../src/host/index.js'
import { createMemoryTree, memoryKinds } from '../src/memory/index.js'
import { Calls, said } from './support/calls.js'
import { backends, opened } from './support/trees.js'

for (const backend of backends) {
  const onMemfs = backend.name === 'memfs'
  /** A rule, and the root of an empty tree to try it on. */
  const rule = (name: string, check: (root: Calls) => void) =>
    it(name, () =>
      backend.with((tree) => {
        const root = new Calls(tree.root())
        check(root)
        root.close()
      }),
    )
  /** A rule that memfs breaks, so that a tree over it does. */
  const ruleUnlessMemfs: typeof rule = onMemfs ? () => undefined : rule

  describe(`${backend.name}: open`, () => {
    rule('without O_CREAT, what is not there is ENOENT', (root) => {
      expect(root.tryOpen('a', O_RDONLY)).toBe('ENOENT')
    })
    rule('O_CREAT makes a file with the given permissions, and opens one that is there as it is', (root) => {
      root.open('a', O_RDWR | O_CREAT, 0o640).close()
      expect(root.known('a').mode).toBe(S_IFREG | 0o640)
      root.open('a', O_RDWR | O_CREAT, 0o600).close()
      expect(root.known('a').mode).toBe(S_IFREG | 0o640)
    })
    rule('O_EXCL refuses what is there, and does not follow a link', (root) => {
      root.write('a', 'x')
      root.symlink('missing', 'l')
      expect(root.tryOpen('a', O_RDWR | O_CREAT | O_EXCL)).toBe('EEXIST')
      expect(root.tryOpen('l', O_RDWR | O_CREAT | O_EXCL)).toBe('EEXIST')
      expect(root.stat('missing')).toBe('ENOENT')
    })
    rule('O_CREAT through a link that leads nowhere makes what it leads to', (root) => {
      root.symlink('made', 'l')
      root.write('l', 'x')
      expect(root.read('made')).toBe('x')
      expect(root.known('l', AT_SYMLINK_NOFOLLOW).mode & S_IFMT).toBe(S_IFLNK)
    })
    rule('O_TRUNC empties', (root) => {
      root.write('a', 'abc')
      root.open('a', O_WRONLY | O_TRUNC).close()
      expect(root.known('a').size).toBe(0)
    })
    rule('O_DIRECTORY on a file is ENOTDIR; a directory for writing, or to be made or emptied, is EISDIR', (root) => {
      root.write('a', '')
      root.mkdir('d')
      expect(root.tryOpen('a', O_RDONLY | O_DIRECTORY)).toBe('ENOTDIR')
      for (const flags of [O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_RDONLY | O_CREAT]) {
        expect(root.tryOpen('d', flags)).toBe('EISDIR')
      }
      expect(root.tryOpen('d', O_RDONLY)).toBe('opened')
    })
    rule('O_NOFOLLOW on a link is ELOOP, and ENOTDIR with O_DIRECTORY', (root) => {
      root.mkdir('d')
      root.symlink('d', 'l')
      expect(root.tryOpen('l', O_RDONLY | O_NOFOLLOW)).toBe('ELOOP')
      expect(root.tryOpen('l', O_RDONLY | O_NOFOLLOW | O_DIRECTORY)).toBe('ENOTDIR')
      expect(root.tryOpen('l/', O_RDONLY | O_NOFOLLOW)).toBe('opened')
    })
    rule('O_CREAT with O_DIRECTORY, or an access mode that is none, is EINVAL', (root) => {
      expect(root.tryOpen('a', O_RDONLY | O_CREAT | O_DIRECTORY)).toBe('EINVAL')
      expect(root.tryOpen('a', 3 | O_CREAT)).toBe('EINVAL')
      expect(root.stat('a')).toBe('ENOENT')
    })
    rule('a slash after the name asks for a directory', (root) => {
      root.write('a', '')
      root.mkdir('d')
      expect(root.tryOpen('a/', O_RDONLY)).toBe('ENOTDIR')
      expect(root.tryOpen('d//', O_RDONLY)).toBe('opened')
      expect(root.tryOpen('new/', O_RDWR | O_CREAT)).toBe('EISDIR')
    })
    rule('the object has the mode and status that the flags say', (root) => {
      const file = root.open('a', O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK)
      const table = new HandleTable()
      const handle = table.insert(file.object)
      expect(table.getMetadata(handle)).toEqual({
        handleType: 'Regular',
        accessMode: 'WriteOnly',
        specialSemantics: ['NonBlocking', 'Append'],
      })
      expect(table.getObjectInfo(handle)?.objectType).toBe(1)
      expect(table.getObjectInfo(handle)?.description).toMatch(/^a\b/)
      table.dispose()
    })
  })

  describe(`${backend.name}: read, write, seek`, () => {
    rule('reads what was written, from where the offset is, to the end of file', (root) => {
      const file = root.open('a')
      expect(file.write('hello')).toBe(5)
      expect(file.read(10)).toBe('')
      expect(file.seek(1)).toBe(1)
      expect(file.read(2)).toBe('el')
      expect(file.read(10)).toBe('lo')
      expect(file.read(10)).toBe('')
      file.close()
    })
    rule('pread and pwrite leave the offset alone', (root) => {
      const file = root.open('a')
      file.write('hello')
      expect(file.pwrite('J', 0)).toBe(1)
      expect(file.pread(5, 0)).toBe('Jello')
      expect(file.seek(0, SEEK_CUR)).toBe(5)
      file.close()
    })
    rule('a negative position is EINVAL, before the mode is looked at', (root) => {
      const file = root.open('a', O_RDONLY | O_CREAT)
      expect([file.pread(1, -1), file.pwrite('x', -1), file.truncate(-1)]).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
      file.close()
    })
    rule('write on a read-only object and read on a write-only one are EBADF, truncate is EINVAL', (root) => {
      root.write('a', 'abc')
      const reader = root.open('a', O_RDONLY)
      const writer = root.open('a', O_WRONLY)
      expect([reader.write('x'), reader.pwrite('x', 0), reader.write('')]).toEqual(['EBADF', 'EBADF', 'EBADF'])
      expect([writer.read(1), writer.pread(1, 0), writer.read(0)]).toEqual(['EBADF', 'EBADF', 'EBADF'])
      expect(reader.truncate(0)).toBe('EINVAL')
      expect(root.read('a')).toBe('abc')
      reader.close()
      writer.close()
    })
    rule('a directory is not read: EISDIR; nor written: EBADF', (root) => {
      root.mkdir('d')
      const directory = root.open('d', O_RDONLY)
      expect([directory.read(1), directory.pread(1, 0)]).toEqual(['EISDIR', 'EISDIR'])
      expect([directory.write('x'), directory.pwrite('x', 0), directory.truncate(0)]).toEqual(['EBADF', 'EBADF', 'EINVAL'])
      directory.close()
    })
    rule('seek goes from the start, the offset and the end, and not before the start', (root) => {
      const file = root.open('a')
      file.write('0123456789')
      expect(file.seek(-3, SEEK_END)).toBe(7)
      expect(file.seek(2, SEEK_CUR)).toBe(9)
      expect(file.seek(-10, SEEK_CUR)).toBe('EINVAL')
      expect(file.seek(-1, SEEK_SET)).toBe('EINVAL')
      expect(file.seek(0, 9)).toBe('EINVAL')
      expect(file.seek(0, SEEK_CUR)).toBe(9)
      file.close()
    })
    rule('beyond the end: a read gives nothing, a write leaves a hole of zeros', (root) => {
      const file = root.open('a')
      file.write('ab')
      file.seek(5)
      expect(file.read(3)).toBe('')
      expect(root.known('a').size).toBe(2)
      file.write('z')
      expect(file.pread(10, 0)).toBe('ab\0\0\0z')
      file.close()
    })
    rule('truncate cuts, and extends with zeros, and leaves the offset', (root) => {
      const file = root.open('a')
      file.write('abcdef')
      expect(file.truncate(3)).toBe(0)
      expect(file.seek(0, SEEK_CUR)).toBe(6)
      expect(file.truncate(5)).toBe(0)
      expect(file.pread(10, 0)).toBe('abc\0\0')
      file.close()
    })
    rule('append: each write lands at the end whatever the offset, pwrite too', (root) => {
      root.write('a', '12')
      const file = root.open('a', O_RDWR | O_APPEND)
      expect(file.seek(0)).toBe(0)
      file.write('34')
      expect(file.seek(0, SEEK_CUR)).toBe(4)
      expect(file.pwrite('5', 0)).toBe(1)
      expect(file.seek(0, SEEK_CUR)).toBe(4)
      expect(file.pread(10, 0)).toBe('12345')
      file.close()
    })
    rule('append can be switched on and off while the file is open (F_SETFL)', (root) => {
      const file = root.open('a', O_RDWR | O_CREAT)
      const appending = root.open('a', O_RDWR | O_APPEND)
      file.write('abc')
      const open = openObjectOf(file.object)
      open.status |= APPEND
      file.seek(0)
      file.write('d')
      file.pwrite('e', 0)
      open.status &= ~APPEND
      file.pwrite('A', 0)
      openObjectOf(appending.object).status &= ~APPEND
      appending.pwrite('B', 1)
      appending.seek(2)
      appending.write('C')
      expect(file.pread(10, 0)).toBe('ABCde')
      file.close()
      appending.close()
    })
    rule('duplicates share the offset; a second open does not', (root) => {
      root.write('a', '0123')
      const table = new HandleTable()
      const first = table.insert(opened(root.ops.openAt('a', O_RDONLY, 0)))
      const second = table.dup(first)
      const other = table.insert(opened(root.ops.openAt('a', O_RDONLY, 0)))
      const read = (handle: number) =>
        table.withObject(handle, (it) => {
          const buffer = Buffer.alloc(1)
          it.as(StreamOps)!.read(buffer)
          return buffer.toString()
        })
      expect([first, second, other, first].map(read)).toEqual(['0', '1', '0', '2'])
      table.dispose()
    })
    rule('FIONREAD tells how much there is from the offset on; other requests are ENOTTY', (root) => {
      const file = root.open('a')
      file.write('abcdef')
      file.seek(2)
      const argument = new Uint8Array(4)
      const { control } = file.object.as(ControlOps)!
      expect(control(FIONREAD, argument)).toBe(0)
      expect(new Int32Array(argument.buffer)[0]).toBe(4)
      file.seek(2 ** 32 + 5)
      file.write('g')
      file.seek(0)
      expect(control(FIONREAD, argument)).toBe(0)
      // Its low 32 bits.
      expect(new Int32Array(argument.buffer)[0]).toBe(6)
      expect(said(control(FIONREAD, new Uint8Array(3)))).toBe('EINVAL')
      expect(said(control(1, argument))).toBe('ENOTTY')
      file.close()
    })
    rule('buffers may lie in shared memory, and what was read is a copy', (root) => {
      const file = root.open('a')
      const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(65)
      expect(file.stream.write(shared)).toBe(4)
      shared.fill(66)
      expect(file.pread(4, 0)).toBe('AAAA')
      expect(file.ops.pread(shared, 0)).toBe(4)
      shared.fill(67)
      expect(file.pread(4, 0)).toBe('AAAA')
      file.close()
    })
    rule('sync answers 0, for files and directories', (root) => {
      const file = root.open('a')
      expect([file.ops.sync(0), file.ops.sync(1), root.object.as(FileOps)!.sync(0)]).toEqual([0, 0, 0])
      file.close()
    })
    rule('a file that was unlinked, or replaced by a rename, lives while it is open', (root) => {
      const file = root.open('a')
      file.write('old')
      root.unlink('a')
      expect(root.stat('a')).toBe('ENOENT')
      expect(file.stat().nlink).toBe(0)
      expect(file.pread(3, 0)).toBe('old')
      const other = root.open('b')
      root.write('c', 'new')
      root.rename('c', 'b')
      expect(other.write('still')).toBe(5)
      expect(root.read('b')).toBe('new')
      file.close()
      other.close()
    })
  })

  describe(`${backend.name}: names`, () => {
    rule('mkdir makes; what is there is EEXIST; without its parent ENOENT; below a file ENOTDIR', (root) => {
      expect(root.mkdir('d', 0o750)).toBe(0)
      expect(root.known('d').mode).toBe(S_IFDIR | 0o750)
      root.write('f', '')
      expect([root.mkdir('d'), root.mkdir('f'), root.mkdir('.'), root.mkdir('..'), root.mkdir('/')]).toEqual(
        Array(5).fill('EEXIST'),
      )
      expect([root.mkdir('x/y'), root.mkdir('f/y')]).toEqual(['ENOENT', 'ENOTDIR'])
      expect(root.mkdir('e/')).toBe(0)
    })
    rule('unlink removes names of files, rmdir empty directories', (root) => {
      root.mkdir('d')
      root.write('d/f', '')
      expect([root.unlink('d'), root.rmdir('d/f'), root.rmdir('d')]).toEqual(['EISDIR', 'ENOTDIR', 'ENOTEMPTY'])
      expect([root.unlink('d/f/'), root.unlink('d/f'), root.unlink('d/f')]).toEqual(['ENOTDIR', 0, 'ENOENT'])
      expect([root.rmdir('d'), root.rmdir('d')]).toEqual([0, 'ENOENT'])
    })
    rule('rmdir of . is EINVAL, of .. ENOTEMPTY, of the root EBUSY', (root) => {
      expect([root.rmdir('.'), root.rmdir('..'), root.rmdir('/')]).toEqual(['EINVAL', 'ENOTEMPTY', 'EBUSY'])
    })
    rule('a hard link is another name for one file, but not for a directory', (root) => {
      root.write('a', 'x')
      root.mkdir('d')
      expect(root.link('a', 'd/b')).toBe(0)
      expect(root.known('d/b').ino).toBe(root.known('a').ino)
      expect(root.known('a').nlink).toBe(2)
      root.unlink('a')
      expect(root.read('d/b')).toBe('x')
      expect(root.known('d/b').nlink).toBe(1)
      expect([root.link('d', 'e'), root.link('d/b', 'd'), root.link('no', 'e')]).toEqual(['EPERM', 'EEXIST', 'ENOENT'])
      expect(root.link('d/b', 'e/')).toBe('ENOENT')
    })
    rule('a link to a link is one to the link itself, unless it is to be followed', (root) => {
      root.write('a', '')
      root.symlink('a', 'l')
      expect([root.link('l', 'm'), root.link('l', 'n', AT_SYMLINK_FOLLOW)]).toEqual([0, 0])
      expect(root.known('m', AT_SYMLINK_NOFOLLOW).mode & S_IFMT).toBe(S_IFLNK)
      expect(root.known('n', AT_SYMLINK_NOFOLLOW).ino).toBe(root.known('a').ino)
    })
    rule('a symbolic link keeps its text; readlink of anything else is EINVAL', (root) => {
      expect(root.symlink('../some//where/', 'l')).toBe(0)
      expect(root.readlink('l')).toBe('../some//where/')
      if (!onMemfs) expect(root.known('l', AT_SYMLINK_NOFOLLOW).size).toBe(15)
      expect([root.readlink('.'), root.readlink('no')]).toEqual(['EINVAL', 'ENOENT'])
      expect([root.symlink('', 'm'), root.symlink('x', 'l')]).toEqual(['ENOENT', 'EEXIST'])
    })
    rule('links in the middle of a path are followed, up to 40 of them', (root) => {
      root.mkdir('d')
      root.write('d/f', 'found')
      root.symlink('d', 'l0')
      for (let i = 1; i <= 40; i++) root.symlink(`l${i - 1}`, `l${i}`)
      expect(root.read('l39/f')).toBe('found')
      expect(root.stat('l40/f')).toBe('ELOOP')
      expect(root.known('l39').mode & S_IFMT).toBe(S_IFDIR)
      expect(root.stat('l40')).toBe('ELOOP')
      root.symlink('self', 'self')
      expect(root.tryOpen('self', O_RDONLY)).toBe('ELOOP')
    })
    rule('paths: empty ENOENT; over 4095 bytes, or a name over 255, ENAMETOOLONG; a NUL EINVAL', (root) => {
      expect(root.stat('')).toBe('ENOENT')
      expect(root.stat('./'.repeat(2047) + '.')).toBeTypeOf('object')
      expect(root.stat('./'.repeat(2048))).toBe('ENAMETOOLONG')
      expect(root.mkdir('n'.repeat(255))).toBe(0)
      expect([root.mkdir('n'.repeat(256)), root.mkdir('é'.repeat(128))]).toEqual(['ENAMETOOLONG', 'ENAMETOOLONG'])
      expect(root.mkdir('é'.repeat(127))).toBe(0)
      expect(() => root.mkdir('a\0b')).toThrow('NUL')
      expect(root.mkdir('\ud800')).toBe('EINVAL')
      expect(root.names().length).toBe(4)
    })
    rule('.. goes up, and at the root stays there', (root) => {
      root.mkdir('a')
      root.mkdir('a/b')
      root.write('f', 'top')
      const deep = root.directory('a/b')
      expect([deep.read('../../f'), deep.read('../../../../f'), root.read('/../f')]).toEqual(['top', 'top', 'top'])
      expect(deep.stat('../../f', BENEATH)).toBe('EXDEV')
      expect(deep.stat('/f', BENEATH)).toBe('EXDEV')
      expect(root.known('a/b/../../f', BENEATH).size).toBe(3)
      deep.close()
    })
    rule('BENEATH refuses links that are absolute or lead above the start, in every call', (root) => {
      root.mkdir('a')
      root.write('f', '')
      root.symlink('../f', 'a/up')
      root.symlink('/f', 'a/top')
      const a = root.directory('a')
      for (const path of ['up', 'top', '../f', '/f']) {
        expect(said(a.ops.openAt(path, O_RDONLY | BENEATH, 0))).toBe('EXDEV')
        expect(said(a.ops.linkAt(path, a.object, 'new', AT_SYMLINK_FOLLOW | BENEATH))).toBe('EXDEV')
      }
      for (const path of ['../f', '/f']) {
        expect(said(a.ops.unlinkAt(path, BENEATH))).toBe('EXDEV')
        expect(said(a.ops.renameAt(path, a.object, 'new', BENEATH))).toBe('EXDEV')
        expect(said(a.ops.renameAt('up', a.object, path, BENEATH))).toBe('EXDEV')
        expect(said(a.ops.mkdirAt(path, 0o755 | BENEATH))).toBe('EXDEV')
        expect(said(a.ops.symlinkAt('f', path, BENEATH))).toBe('EXDEV')
        expect(said(a.ops.readlinkAt(path, BENEATH))).toBe('EXDEV')
        expect(said(a.ops.linkAt('up', a.object, path, BENEATH))).toBe('EXDEV')
      }
      // Where a link leads is nobody's way yet.
      expect(said(a.ops.symlinkAt('/f', 'far', BENEATH))).toBe(0)
      expect(a.ops.readlinkAt('far', BENEATH)).toBe('/f')
      expect(a.unlink('far')).toBe(0)
      expect(a.names()).toEqual(['.', '..', 'up', 'top'].sort((x, y) => a.names().indexOf(x) - a.names().indexOf(y)))
      a.close()
    })
    rule('flags that a call does not have are EINVAL', (root) => {
      root.write('a', '')
      const out = new Uint8Array(STAT_BYTES)
      const { ops } = root
      expect([ops.statAt('a', 1, out), ops.unlinkAt('a', 1), ops.linkAt('a', root.object, 'b', 1)].map(said)).toEqual(
        Array(3).fill('EINVAL'),
      )
      expect([root.rename('a', 'b', 8), root.rename('a', 'b', RENAME_NOREPLACE | RENAME_EXCHANGE)]).toEqual(['EINVAL', 'EINVAL'])
      expect(root.known('a').size).toBe(0)
    })
    rule('pathOf tells where a directory is now, and ENOENT once it was removed', (root) => {
      root.mkdir('a')
      root.mkdir('a/b')
      const b = root.directory('a/b')
      expect([root.ops.pathOf(), b.ops.pathOf()]).toEqual(['/', '/a/b'])
      root.rename('a', 'c')
      expect(b.ops.pathOf()).toBe('/c/b')
      b.write('f', 'in')
      expect(root.read('c/b/f')).toBe('in')
      b.unlink('f')
      root.rmdir('c/b')
      expect(said(b.ops.pathOf())).toBe('ENOENT')
      b.close()
    })
    rule('nothing can be made in a directory that was removed, nor is anything read there', (root) => {
      root.mkdir('d')
      const d = root.directory('d')
      root.rmdir('d')
      expect([d.tryOpen('f', O_RDWR | O_CREAT), d.mkdir('e'), d.symlink('x', 'l')]).toEqual(Array(3).fill('ENOENT'))
      expect(said(d.ops.readDir(0, new Uint8Array(100)))).toBe('ENOENT')
      root.mkdir('d')
      expect(d.tryOpen('f', O_RDWR | O_CREAT)).toBe('ENOENT')
      expect(root.directory('d').names()).toEqual(['.', '..'])
      d.close()
    })
    rule('a directory of another tree, or of another kind, is EXDEV', (root) => {
      root.write('a', '')
      backend.with((tree) => {
        const other = tree.root()
        expect(said(root.ops.renameAt('a', other, 'b', 0))).toBe('EXDEV')
        expect(said(root.ops.linkAt('a', other, 'b', 0))).toBe('EXDEV')
        other.release()
      })
      const file = root.open('a')
      expect(said(root.ops.renameAt('a', file.object, 'b', 0))).toBe('EXDEV')
      file.close()
      expect(() => root.ops.renameAt('a', file.object, 'b', 0)).toThrow('EBADF')
    })
  })

  describe(`${backend.name}: rename`, () => {
    rule('moves a file over another in one step', (root) => {
      root.mkdir('d')
      root.write('a', 'new')
      root.write('d/b', 'old')
      expect(root.rename('a', 'd/b')).toBe(0)
      expect([root.read('d/b'), root.stat('a')]).toEqual(['new', 'ENOENT'])
    })
    rule('onto itself, or onto another name of the same file, does nothing', (root) => {
      root.write('a', 'x')
      root.link('a', 'b')
      expect([root.rename('a', 'a'), root.rename('a', 'b')]).toEqual([0, 0])
      expect(root.known('a').nlink).toBe(2)
    })
    rule('a directory replaces an empty directory only', (root) => {
      root.mkdir('a')
      root.mkdir('b')
      root.write('b/f', '')
      root.write('file', '')
      expect(root.rename('a', 'b')).toBe('ENOTEMPTY')
      expect([root.rename('a', 'file'), root.rename('file', 'a')]).toEqual(['ENOTDIR', 'EISDIR'])
      root.unlink('b/f')
      expect(root.rename('a', 'b')).toBe(0)
      expect(root.stat('a')).toBe('ENOENT')
    })
    rule('a directory does not move below itself, nor over one that it is in', (root) => {
      root.mkdir('a')
      root.mkdir('a/b')
      expect([root.rename('a', 'a/b/c'), root.rename('a', 'a/x')]).toEqual(['EINVAL', 'EINVAL'])
      expect(root.rename('a/b', 'a')).toBe('ENOTEMPTY')
      expect(root.directory('a/b').names()).toEqual(['.', '..'])
    })
    rule('names that are . or .. or the root are EBUSY', (root) => {
      root.mkdir('a')
      expect([root.rename('.', 'b'), root.rename('a', '..'), root.rename('/', 'b'), root.rename('a', '/')]).toEqual(
        Array(4).fill('EBUSY'),
      )
    })
    rule('slashes after a name are for directories', (root) => {
      root.write('f', '')
      root.mkdir('d')
      expect([root.rename('f/', 'g'), root.rename('f', 'g/'), root.rename('d/', 'e/')]).toEqual(['ENOTDIR', 'ENOTDIR', 0])
    })
    ruleUnlessMemfs('a link is moved itself', (root) => {
      root.write('f', 'x')
      root.symlink('f', 'l')
      expect(root.rename('l', 'm')).toBe(0)
      expect([root.readlink('m'), root.read('f')]).toEqual(['f', 'x'])
    })
    ruleUnlessMemfs('counts of directories follow', (root) => {
      root.mkdir('a')
      root.mkdir('b')
      root.mkdir('a/d')
      expect([root.known('a').nlink, root.known('b').nlink]).toEqual([3, 2])
      root.rename('a/d', 'b/d')
      expect([root.known('a').nlink, root.known('b').nlink]).toEqual([2, 3])
      expect(root.known('b/d/..').ino).toBe(root.known('b').ino)
    })
    rule('RENAME_NOREPLACE refuses what is there, and moves to what is not', (root) => {
      root.write('a', 'a')
      root.write('b', 'b')
      root.mkdir('d')
      expect([root.rename('a', 'b', RENAME_NOREPLACE), root.rename('d', 'b', RENAME_NOREPLACE)]).toEqual(['EEXIST', 'EEXIST'])
      expect(root.rename('a', '..', RENAME_NOREPLACE)).toBe('EEXIST')
      expect([root.rename('a', 'c', RENAME_NOREPLACE), root.rename('d', 'e', RENAME_NOREPLACE)]).toEqual([0, 0])
      expect([root.read('c'), root.stat('a'), root.stat('d'), root.known('c').nlink]).toEqual(['a', 'ENOENT', 'ENOENT', 1])
    })
  })

  describe(`${backend.name}: metadata`, () => {
    rule('modes of what a path names, of an open file, and not of a link', (root) => {
      root.write('a', '')
      root.symlink('a', 'l')
      expect(root.ops.setModeAt('l', 0o600, 0)).toBe(0)
      expect(root.known('a').mode).toBe(S_IFREG | 0o600)
      const file = root.open('a')
      expect(file.ops.setMode(0o444)).toBe(0)
      expect(file.stat().mode).toBe(S_IFREG | 0o444)
      file.ops.setMode(0o644)
      file.close()
      expect(said(root.ops.setModeAt('l', 0o600, AT_SYMLINK_NOFOLLOW))).toBe('ENOTSUP')
      expect(said(root.ops.setModeAt('no', 0o600, 0))).toBe('ENOENT')
      expect(root.object.as(FileOps)!.setMode(0o711)).toBe(0)
      expect(root.known('.').mode).toBe(S_IFDIR | 0o711)
    })
    rule('times are set to the microsecond (memfs: millisecond), and left alone when omitted', (root) => {
      const unit = onMemfs ? 1000 : 1
      const [first, second] = [1_700_000_000_123_456, 1_600_000_000_654_321].map((it) => it - (it % unit)) as [number, number]
      const micro = (milliseconds: number) => Math.floor(milliseconds * 1000 + 0.3)
      root.write('a', '')
      expect(root.ops.setTimesAt('a', first, second, 0)).toBe(0)
      expect(Math.abs(micro(root.known('a').atimeMs) - first)).toBeLessThanOrEqual(unit - 1)
      expect(Math.abs(micro(root.known('a').mtimeMs) - second)).toBeLessThanOrEqual(unit - 1)
      const file = root.open('a')
      expect(file.ops.setTimes(OMIT, first)).toBe(0)
      expect(Math.abs(micro(file.stat().mtimeMs) - first)).toBeLessThanOrEqual(unit - 1)
      expect(Math.abs(micro(file.stat().atimeMs) - first)).toBeLessThanOrEqual(unit - 1)
      file.close()
    })
    rule('times before 1970 are set as well', (root) => {
      root.write('a', '')
      expect(root.ops.setTimesAt('a', -5_000_000, -6_500_000, 0)).toBe(0)
      expect([root.known('a').atimeMs, root.known('a').mtimeMs]).toEqual([-5000, -6500])
      const file = root.open('a')
      expect(file.ops.setTimes(OMIT, -7_000_000)).toBe(0)
      expect([file.stat().atimeMs, file.stat().mtimeMs]).toEqual([-5000, -7000])
      file.close()
    })
    ruleUnlessMemfs('times of a link itself', (root) => {
      root.write('a', '')
      root.symlink('a', 'l')
      const before = root.known('a').mtimeMs
      expect(root.ops.setTimesAt('l', 5_000_000, 6_000_000, AT_SYMLINK_NOFOLLOW)).toBe(0)
      expect(root.known('l', AT_SYMLINK_NOFOLLOW).mtimeMs).toBe(6000)
      expect(root.known('a').mtimeMs).toBe(before)
      expect(root.object.as(FileOps)!.setTimes(7_000_000, OMIT)).toBe(0)
      expect(root.known('.').atimeMs).toBe(7000)
    })
    rule('too small a buffer for a stat is EINVAL', (root) => {
      expect(said(root.ops.statAt('.', 0, new Uint8Array(STAT_BYTES - 1)))).toBe('EINVAL')
    })
  })

  describe(`${backend.name}: reading directories`, () => {
    rule('gives ., .. and each name once, with its inode and type, however small the buffer', (root) => {
      root.mkdir('d')
      root.write('d/f', '')
      root.mkdir('d/s')
      root.symlink('f', 'd/l')
      const d = root.directory('d')
      expect(d.names(40).sort()).toEqual(['.', '..', 'f', 'l', 's'])
      const buffer = new Uint8Array(1000)
      const entries = readEntries(buffer, d.ops.readDir(0, buffer))
      const types = Object.fromEntries(entries.map((it) => [it.name, it.type]))
      expect(types).toEqual({ '.': S_IFDIR, '..': S_IFDIR, f: S_IFREG, l: S_IFLNK, s: S_IFDIR })
      for (const { name, ino } of entries) expect(ino).toBe(d.known(name, AT_SYMLINK_NOFOLLOW).ino)
      d.close()
    })
    rule('a buffer that no entry fits in is EINVAL, and 0 is the end', (root) => {
      expect(said(root.ops.readDir(0, new Uint8Array(24)))).toBe('EINVAL')
      const buffer = new Uint8Array(100)
      expect(root.ops.readDir(-1, buffer)).toBeGreaterThan(0)
      expect(root.ops.readDir(-1, buffer)).toBe(0)
    })
    rule('a cookie goes on after its entry, and leaves the offset; seeking to one moves it', (root) => {
      for (const name of ['a', 'b', 'c', 'd']) root.write(name, '')
      const buffer = new Uint8Array(1000)
      const all = readEntries(buffer, root.ops.readDir(0, buffer))
      const third = all[2]!
      expect(readEntries(buffer, root.ops.readDir(third.cookie, buffer))).toEqual(all.slice(3))
      expect(root.object.as(FileOps)!.seek(0, SEEK_CUR)).toBe(0)
      expect(root.object.as(FileOps)!.seek(third.cookie, SEEK_SET)).toBe(third.cookie)
      expect(readEntries(buffer, root.ops.readDir(-1, buffer))).toEqual(all.slice(3))
      expect(said(root.object.as(FileOps)!.seek(0, SEEK_END))).toBe('EINVAL')
    })
    rule('a name that stays is given exactly once, whatever comes and goes meanwhile', (root) => {
      const stay = Array.from({ length: 60 }, (_, i) => `stay${i}`)
      const go = Array.from({ length: 60 }, (_, i) => `go${i}`)
      for (let i = 0; i < 60; i++) {
        root.write(stay[i]!, '')
        root.write(go[i]!, '')
      }
      const buffer = new Uint8Array(100)
      const seen: string[] = []
      for (let step = 0; ; step++) {
        const filled = root.ops.readDir(-1, buffer)
        if (filled <= 0) break
        seen.push(...readEntries(buffer, filled).map((it) => it.name))
        if (step < 60) {
          root.unlink(go[step]!)
          root.write(`new${step}`, '')
        }
        if (step === 10) expect(root.names(100).length).toBeGreaterThan(100)
        if (step === 10) root.object.as(FileOps)!.seek(lastCookie(root, seen.at(-1)!), SEEK_SET)
      }
      expect(seen.filter((it) => it.startsWith('stay')).sort()).toEqual(stay.sort())
      expect(new Set(seen).size).toBe(seen.length)
    })
  })
}

describe('the backends side by side', () => {
  it('have kinds of their own, which one registry takes', () => {
    const registry = createRegistry([...memoryKinds, ...hostKinds, ...fsKinds])
    expect(registry.kinds().map((it) => [it.name, it.type])).toEqual([
      ['ht:memory-file', 1],
      ['ht:memory-directory', 1],
      ['ht:memory-null', 1],
      ['ht:host-file', 1],
      ['ht:host-directory', 1],
      ['ht:fs-file', 1],
      ['ht:fs-directory', 1],
    ])
  })
  it('do not rename from one to the other', () => {
    const memory = createMemoryTree().root()
    backends[1]!.with((tree) => {
      const host = tree.root()
      expect(said(host.as(DirectoryOps)!.renameAt('a', memory, 'b', 0))).toBe('EXDEV')
      host.release()
    })
  })
})

function lastCookie(root: Calls, name: string): number {
  const buffer = new Uint8Array(100_000)
  return readEntries(buffer, root.ops.readDir(0, buffer)).find((it) => it.name === name)!.cookie
}
