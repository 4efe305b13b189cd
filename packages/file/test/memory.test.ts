import { describe, expect, it } from 'vitest'
import {
  AT_SYMLINK_NOFOLLOW,
  DirectoryOps,
  FileOps,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  readEntries,
  readStat,
  RENAME_EXCHANGE,
  S_IFCHR,
  S_IFDIR,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  STAT_BYTES,
} from '@ht/core'
import { createHostTree } from '../src/host/index.js'
import { createMemoryTree, type MemoryTreeOptions } from '../src/memory/index.js'
import { Calls, said } from './support/calls.js'

const KIB = 1024

/** A tree's root to call. */
function rootOf(options?: MemoryTreeOptions): Calls {
  return new Calls(createMemoryTree(options).root())
}

describe('a null device', () => {
  const withNull = () => {
    const tree = createMemoryTree({ maxBytes: 8 })
    tree.mkdir('/dev')
    tree.nullDevice('/dev/null')
    return { tree, root: new Calls(tree.root()) }
  }
  // Linux's own, through a host tree, keeps the same rules.
  const devices = [
    ['of a memory tree', () => withNull().root],
    ...(process.platform === 'linux' ? [['of Linux', () => new Calls(createHostTree('/').root())] as const] : []),
  ] as const

  describe.each(devices)('%s', (_whose, open) => {
    it('takes every write, and is always at its end', () => {
      const file = open().open('dev/null', O_RDWR | O_CREAT | O_TRUNC)
      expect(file.write('much more than there is space for')).toBe(33)
      expect(file.read(10)).toBe('')
      const ops = file.object.as(FileOps)!
      expect(ops.pwrite(new Uint8Array(5), 1e6)).toBe(5)
      expect(ops.pread(new Uint8Array(5), 0)).toBe(0)
      expect([ops.pread(new Uint8Array(5), -1), ops.pwrite(new Uint8Array(5), -1)].map(said)).toEqual(['EINVAL', 'EINVAL'])
      file.close()
    })
    it('appends, and is emptied by opening it with O_TRUNC', () => {
      const file = open().open('dev/null', O_WRONLY | O_APPEND | O_TRUNC)
      expect(file.write('text')).toBe(4)
      expect(open().known('dev/null').size).toBe(0)
      file.close()
    })
    it('can be neither cut nor synchronized', () => {
      const file = open().open('dev/null', O_RDWR)
      const ops = file.object.as(FileOps)!
      expect([ops.truncate(0), ops.sync(0)].map(said)).toEqual(['EINVAL', 'EINVAL'])
      file.close()
    })
    it('is a character device, 1 and 3, by name and open', () => {
      const root = open()
      const file = root.open('dev/null', O_RDONLY)
      const out = new Uint8Array(STAT_BYTES)
      expect(file.object.as(FileOps)!.stat(out)).toBe(0)
      for (const stat of [root.known('dev/null'), readStat(out)]) {
        expect(stat).toMatchObject({ mode: S_IFCHR | 0o666, rdev: 0x103, size: 0, blocks: 0 })
      }
      file.close()
      const entries = new Uint8Array(100_000)
      const dev = root.directory('dev')
      expect(readEntries(entries, dev.ops.readDir(0, entries)).find((it) => it.name === 'null')!.type).toBe(S_IFCHR)
    })
    it('is no directory, and the way it was opened counts', () => {
      const root = open()
      expect([
        root.tryOpen('dev/null', O_DIRECTORY),
        root.tryOpen('dev/null/x', O_RDONLY),
        root.tryOpen('dev/null/', O_RDONLY),
      ]).toEqual(['ENOTDIR', 'ENOTDIR', 'ENOTDIR'])
      expect(root.tryOpen('dev/null', O_RDWR | O_CREAT | O_EXCL)).toBe('EEXIST')
      const [reader, writer] = [root.open('dev/null', O_RDONLY), root.open('dev/null', O_WRONLY)]
      expect([reader.write('x'), writer.read(1)]).toEqual(['EBADF', 'EBADF'])
      reader.close()
      writer.close()
    })
  })

  it('keeps its offset at 0', () => {
    const file = withNull().root.open('dev/null', O_RDWR)
    const ops = file.object.as(FileOps)!
    expect([ops.seek(7, SEEK_SET), ops.seek(7, SEEK_END), file.write('text'), ops.seek(0, SEEK_CUR)]).toEqual([0, 0, 4, 0])
    file.close()
  })
  it('takes no memory, and none is left when it has gone', () => {
    const { tree, root } = withNull()
    root.write('dev/null', 'x'.repeat(100))
    expect(tree.usedBytes).toBe(0)
    expect(tree.readFile('/dev/null')).toEqual(new Uint8Array(0))
    expect([root.rename('dev/null', 'nil'), root.unlink('nil')]).toEqual([0, 0])
    expect(root.stat('nil')).toBe('ENOENT')
  })
  it('is made once, in a directory that is there', () => {
    const { tree } = withNull()
    expect(() => tree.nullDevice('/dev/null')).toThrow(/^EEXIST: .*\/dev\/null/)
    expect(() => tree.nullDevice('/no/null')).toThrow(/^ENOENT/)
    expect(() => tree.nullDevice(7 as unknown as string)).toThrow(/EINVAL: path/)
  })
})

describe('filling a memory tree', () => {
  it('writeFile makes or replaces, readFile gives a copy', () => {
    const tree = createMemoryTree()
    tree.writeFile('/a', 'text ä')
    expect(new TextDecoder().decode(tree.readFile('/a'))).toBe('text ä')
    const bytes = Uint8Array.of(1, 2, 3)
    tree.writeFile('a', bytes, 0o600)
    bytes.fill(9)
    tree.readFile('a').fill(8)
    expect(tree.readFile('/a')).toEqual(Uint8Array.of(1, 2, 3))
    const root = new Calls(tree.root())
    expect(root.known('a').mode & 0o777).toBe(0o644)
    tree.writeFile('b', '', 0o600)
    expect(root.known('b').mode & 0o777).toBe(0o600)
  })
  it('mkdir makes what is missing on the way, and leaves what is there', () => {
    const tree = createMemoryTree()
    tree.mkdir('/a/b/c', 0o700)
    tree.mkdir('a/b')
    tree.writeFile('/a/b/c/f', 'x')
    tree.mkdir('a/b/c')
    expect(tree.readFile('a/b/c/f').length).toBe(1)
    expect(() => tree.mkdir('a/b/c/f/d')).toThrow('ENOTDIR')
    expect(() => tree.mkdir('a/b/c/f')).toThrow('ENOTDIR')
    tree.mkdir('/')
  })
  it('errors have the code, and name the path', () => {
    const tree = createMemoryTree()
    expect(() => tree.readFile('/no/such')).toThrow(/^ENOENT: .*\/no\/such/)
    expect(() => tree.writeFile('/no/such', '')).toThrow(/^ENOENT/)
    expect(() => tree.readFile('/')).toThrow(/^EISDIR/)
    expect(() => tree.writeFile('/', '')).toThrow(/^EISDIR/)
  })
  it('bad arguments are EINVAL, and change nothing', () => {
    const tree = createMemoryTree()
    tree.writeFile('a', 'kept')
    for (const path of [undefined, null, 7, {}] as unknown as string[]) {
      expect(() => tree.readFile(path)).toThrow(/EINVAL: path/)
      expect(() => tree.mkdir(path)).toThrow(/EINVAL: path/)
      expect(() => tree.writeFile(path, '')).toThrow(/EINVAL: path/)
    }
    for (const content of [undefined, null, 7, [1]] as unknown as string[]) {
      expect(() => tree.writeFile('a', content)).toThrow(/EINVAL: content/)
    }
    const detached = new Uint8Array(8)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    expect(() => tree.writeFile('a', detached)).toThrow('EFAULT')
    expect(tree.readFile('a').length).toBe(4)
  })
  it('bad options are EINVAL that names them', () => {
    const wrong: [string, unknown][] = [
      ['maxBytes', -1],
      ['maxBytes', NaN],
      ['maxEntries', '7'],
      ['maxFileBytes', -0.5],
      ['now', 7],
    ]
    for (const [name, value] of wrong) {
      expect(() => createMemoryTree({ [name]: value })).toThrow(new RegExp(`EINVAL: ${name} must be`))
    }
    expect(() => createMemoryTree(null as never)).toThrow(/EINVAL: options/)
  })
})

describe('limits of a memory tree', () => {
  it('maxBytes: what fits is written, then it is ENOSPC, and removing gives it back', () => {
    const tree = createMemoryTree({ maxBytes: 1000 })
    const root = new Calls(tree.root())
    const a = root.open('a')
    expect([a.write('x'.repeat(900)), a.write('y'.repeat(200)), a.write('z')]).toEqual([900, 100, 'ENOSPC'])
    expect(tree.usedBytes).toBe(1000)
    const b = root.open('b')
    expect(b.write('b')).toBe('ENOSPC')
    expect(() => tree.writeFile('c', 'c')).toThrow(/^ENOSPC/)
    root.unlink('a')
    expect(b.write('b')).toBe('ENOSPC')
    a.close()
    expect(tree.usedBytes).toBe(0)
    expect(b.write('b')).toBe(1)
    b.truncate(0)
    expect(tree.usedBytes).toBe(0)
  })
  it('maxBytes over several pieces: exactly so much is stored', () => {
    const tree = createMemoryTree({ maxBytes: 200_000 })
    const file = new Calls(tree.root()).open('a')
    expect(file.write('x'.repeat(300_000))).toBe(200_000)
    expect(tree.usedBytes).toBe(200_000)
    expect(file.pread(10, 199_995)).toBe('xxxxx')
    expect(file.pwrite('!', 250_000)).toBe('ENOSPC')
    expect(file.stat().size).toBe(200_000)
  })
  it('maxEntries counts names; a rename needs none', () => {
    const root = rootOf({ maxEntries: 3 })
    root.write('a', '')
    root.mkdir('d')
    expect(root.link('a', 'd/b')).toBe(0)
    expect([root.mkdir('e'), root.symlink('x', 'l'), root.link('a', 'c'), root.tryOpen('n', O_RDWR | O_CREAT)]).toEqual(
      Array(4).fill('ENOSPC'),
    )
    expect(root.rename('a', 'd/c')).toBe(0)
    root.unlink('d/b')
    expect(root.mkdir('e')).toBe(0)
  })
  it('maxFileBytes: a write reaches up to it, then EFBIG; seeks beyond are EINVAL', () => {
    const file = rootOf({ maxFileBytes: 10 }).open('a')
    expect([file.write('x'.repeat(12)), file.write('x'), file.pwrite('x', 99)]).toEqual([10, 'EFBIG', 'EFBIG'])
    expect([file.truncate(10), file.truncate(11), file.seek(10), file.seek(11)]).toEqual([0, 'EFBIG', 10, 'EINVAL'])
    expect(() => createMemoryTree({ maxFileBytes: 3 }).writeFile('a', 'abcd')).toThrow(/^EFBIG/)
  })
  it('holes take no memory, however long', () => {
    const tree = createMemoryTree({ maxBytes: 200 * KIB })
    const root = new Calls(tree.root())
    const file = root.open('a')
    expect(file.pwrite('end', 2 ** 40)).toBe(3)
    expect(file.stat().size).toBe(2 ** 40 + 3)
    expect(tree.usedBytes).toBe(64 * KIB)
    expect(file.stat().blocks).toBe(128)
    expect(file.pread(5, 2 ** 40 - 2)).toBe('\0\0end')
    file.truncate(2 ** 43)
    expect(file.pread(3, 2 ** 42)).toBe('\0\0\0')
    file.truncate(1)
    expect(tree.usedBytes).toBe(0)
  })
  it('an engine that is out of memory is ENOSPC, and the file is as it was', () => {
    const file = rootOf().open('a')
    file.write('kept')
    const real = globalThis.Uint8Array
    globalThis.Uint8Array = class extends real {
      constructor(length: number) {
        super(length)
        if (length > 64) throw new RangeError('Array buffer allocation failed')
      }
    } as never
    let answer
    try {
      answer = file.ops.pwrite(new real(100), 0)
    } finally {
      globalThis.Uint8Array = real
    }
    expect(answer).toBe(64)
    expect(file.pread(4, 0)).toBe('\0\0\0\0')
    expect(file.stat().size).toBe(64)
  })
})

describe('growing', () => {
  it('costs the same for each byte, however long the file is: no byte is copied more than twice', () => {
    const file = rootOf().open('a')
    const real = Uint8Array.prototype.set
    let copied = 0
    // The type has `from` as an array or a view; only its length counts here.
    Uint8Array.prototype.set = function (from, at) {
      copied += from.length
      real.call(this, from, at)
    }
    const total = 4 * KIB * KIB
    try {
      for (let done = 0; done < total; done += 4 * KIB) file.stream.write(new Uint8Array(4 * KIB))
    } finally {
      Uint8Array.prototype.set = real
    }
    expect(copied).toBeLessThanOrEqual(total + 64 * KIB)
  })
})

describe('times of a memory tree', () => {
  it('come from the clock that is passed in', () => {
    let now = 1000
    const root = rootOf({ now: () => now })
    const times = (path: string) => {
      const { atimeMs, mtimeMs, ctimeMs, birthtimeMs } = root.known(path, AT_SYMLINK_NOFOLLOW)
      return [atimeMs, mtimeMs, ctimeMs, birthtimeMs]
    }
    const file = root.open('a')
    expect(times('a')).toEqual([1000, 1000, 1000, 1000])
    now = 2000
    file.write('x')
    expect(times('a')).toEqual([1000, 2000, 2000, 1000])
    now = 3000
    file.pread(1, 0)
    expect(times('a')).toEqual([3000, 2000, 2000, 1000])
    now = 4000
    file.pread(1, 0)
    expect(times('a')[0]).toBe(3000)
    file.ops.setMode(0o600)
    expect(times('a')).toEqual([3000, 2000, 4000, 1000])
    now = 5000
    root.link('a', 'b')
    expect(times('a')[2]).toBe(5000)
    expect(times('.').slice(1, 3)).toEqual([5000, 5000])
    now = 6000
    root.unlink('b')
    expect([times('a')[2], times('.')[1]]).toEqual([6000, 6000])
    now = 7000
    file.truncate(1)
    expect(times('a').slice(1, 3)).toEqual([7000, 7000])
  })
  it('writes and reads of nothing leave them alone', () => {
    let now = 1
    const root = rootOf({ now: () => now })
    const file = root.open('a')
    now = 2
    file.write('')
    file.read(0)
    expect([root.known('a').mtimeMs, root.known('a').atimeMs]).toEqual([1, 1])
  })
  it('a read at the end of a file is one all the same', () => {
    let now = 1
    const root = rootOf({ now: () => now })
    const file = root.open('a')
    now = 2
    file.read(5)
    expect([root.known('a').mtimeMs, root.known('a').atimeMs]).toEqual([1, 2])
  })
})

describe('inodes', () => {
  it('a number is used again when nothing names or holds its inode', () => {
    const root = rootOf()
    root.write('a', '')
    const { ino } = root.known('a')
    const held = root.open('a')
    root.unlink('a')
    root.write('b', '')
    expect(root.known('b').ino).not.toBe(ino)
    held.close()
    root.write('c', '')
    expect(root.known('c').ino).toBe(ino)
  })
  it('a removed directory that is open can still be left upwards, through removed ones too', () => {
    const root = rootOf()
    for (const path of ['a', 'a/b', 'a/b/c']) root.mkdir(path)
    root.write('f', 'top')
    const c = root.directory('a/b/c')
    for (const path of ['a/b/c', 'a/b', 'a']) root.rmdir(path)
    root.mkdir('a')
    expect(c.read('../../../f')).toBe('top')
    expect(c.stat('../b')).toBe('ENOENT')
    expect(c.object.as(FileOps)!.stat(new Uint8Array(200))).toBe(0)
    c.close()
    expect(root.known('.').nlink).toBe(3)
  })
  it('a chain of 20,000 removed directories goes at once, without a deep recursion', () => {
    const root = rootOf()
    const chain = [root]
    for (let i = 0; i < 20_000; i++) {
      chain.at(-1)!.mkdir('d')
      chain.push(chain.at(-1)!.directory('d'))
    }
    for (let i = chain.length - 2; i >= 0; i--) chain[i]!.rmdir('d')
    for (let i = 1; i < chain.length - 1; i++) chain[i]!.close()
    chain.at(-1)!.close()
    root.write('f', '')
    expect(root.known('f').ino).toBeLessThan(20_003)
    expect(root.known('.').nlink).toBe(2)
  })
  it('what was opened keeps its tree when nothing else refers to it', () => {
    const file = rootOf().open('a')
    expect([file.write('x'), file.pread(1, 0)]).toEqual([1, 'x'])
  })
})

describe('RENAME_EXCHANGE', () => {
  it('lets two names trade what they name, of whatever type', () => {
    const root = rootOf()
    root.write('f', 'file')
    root.mkdir('d')
    root.mkdir('d/sub')
    expect(root.rename('f', 'd/sub', RENAME_EXCHANGE)).toBe(0)
    expect(root.read('d/sub')).toBe('file')
    expect([root.known('f').mode & S_IFDIR, root.known('.').nlink, root.known('d').nlink]).toEqual([S_IFDIR, 4, 2])
    expect(root.known('f/..').ino).toBe(root.known('.').ino)
  })
  it('needs both, and neither within the other', () => {
    const root = rootOf()
    root.mkdir('a')
    root.mkdir('a/b')
    root.write('f', '')
    expect(root.rename('a', 'no', RENAME_EXCHANGE)).toBe('ENOENT')
    expect([root.rename('a', 'a/b', RENAME_EXCHANGE), root.rename('a/b', 'a', RENAME_EXCHANGE)]).toEqual(['EINVAL', 'EINVAL'])
    expect([root.rename('a', 'f/', RENAME_EXCHANGE), root.rename('f', 'a/', RENAME_EXCHANGE)]).toEqual(['ENOTDIR', 0])
    expect(root.known('a').size).toBe(0)
  })
})

describe('reading a large directory', () => {
  it('by cookie, a few at a time, gives each of 20,000 names once', () => {
    const root = rootOf()
    for (let i = 0; i < 20_000; i++) root.mkdir(`name${i}`)
    const buffer = new Uint8Array(500)
    const names = new Set<string>()
    let entries = 0
    let cookie = 0
    for (;;) {
      const filled = root.ops.readDir(cookie, buffer)
      if (filled === 0) break
      for (const entry of readEntries(buffer, filled)) {
        names.add(entry.name)
        entries++
        cookie = entry.cookie
      }
    }
    expect([names.size, entries]).toEqual([20_002, 20_002])
  })
  it('of which most were removed again finds the rest', () => {
    const root = rootOf()
    for (let i = 0; i < 1000; i++) root.mkdir(`name${i}`)
    for (let i = 0; i < 1000; i++) if (i % 100 !== 0) root.rmdir(`name${i}`)
    expect(root.names(64).length).toBe(12)
    const d = root.ops.openAt('name0', O_RDONLY, 0)
    expect(d).toBeTypeOf('object')
    if (typeof d !== 'number') expect(d.as(DirectoryOps)!.pathOf()).toBe('/name0')
  })
})
