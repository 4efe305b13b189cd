import { describe, expect, it } from 'vitest'
import {
  APPEND,
  AT_REMOVEDIR,
  BENEATH,
  errnoOf,
  O_ACCMODE,
  O_APPEND,
  O_EXCL,
  O_NOFOLLOW,
  O_RDWR,
  S_IFDIR,
  type KernelObject,
} from '@ht/core'
import { ConformanceError, testKind, type KindDescription } from '../../src/conformance/index.js'
import { outcomeOf } from './collect.js'
import {
  makeInode,
  openDirectory,
  treeKindsWith,
  treeParts,
  type BrokenTree,
  type Inode,
  type OpenDirectory,
  type TreeParts,
} from './reference-tree.js'
import { describePipe, pipeKindWith } from './reference-pipe.js'

const ENOENT = errnoOf('ENOENT')
const ENOTEMPTY = errnoOf('ENOTEMPTY')

const { stream, file } = treeParts(() => treeKindsWith())

function tree(broken: BrokenTree = {}): KindDescription {
  const { directoryKind, fileKind } = treeKindsWith(broken)
  return {
    kind: directoryKind,
    open() {
      const root = makeInode(S_IFDIR | 0o755)
      return openDirectory(directoryKind, { inode: root, root, cursor: 0 })
    },
    fileKind,
  }
}

const withStream = (part: BrokenTree['stream'] & object) => () => tree({ stream: part })
const withFile = (part: BrokenTree['file'] & object) => () => tree({ file: part })

/** A tree in which one method of directories is another, made of the good ones. */
const withDirectory = (replace: (good: TreeParts['directory']) => Partial<TreeParts['directory']>) => () => {
  const broken: BrokenTree = {}
  const kinds = () => made
  broken.directory = replace(treeParts(kinds).directory)
  const made = treeKindsWith(broken)
  const description: KindDescription = {
    kind: made.directoryKind,
    open() {
      const root = makeInode(S_IFDIR | 0o755)
      return openDirectory(made.directoryKind, { inode: root, root, cursor: 0 })
    },
    fileKind: made.fileKind,
  }
  return description
}

/** A directory seen from outside its tree: paths climb over its root, into one that has an `etc`. */
function outsideOf(state: OpenDirectory): OpenDirectory {
  const outer = makeInode(S_IFDIR)
  const etc = makeInode(S_IFDIR)
  etc.entries.set('passwd', makeInode(0o100644))
  outer.entries.set('etc', etc)
  return { ...state, root: outer }
}

const climbs = (path: string) => path.includes('..') || path.startsWith('/')

/** Of each rule, something that breaks it. */
const broken: Record<string, () => KindDescription> = {
  'reading and writing go on at one offset, and a read at the end answers 0': withStream({
    read: ({ state }, buffer) => file.pread({ state, access: 3 } as never, buffer, state.offset),
  }),
  'a write in the middle replaces bytes and keeps the rest': withStream({
    write(it, bytes) {
      const count = stream.write(it, bytes)
      it.state.inode.bytes.length = it.state.offset
      return count
    },
  }),
  'a buffer that was read into is not kept': withStream({
    read(it, buffer) {
      const count = stream.read(it, buffer)
      if (count === it.state.inode.bytes.length) it.state.inode.bytes = buffer as never
      return count
    },
  }),
  'pread and pwrite leave the offset where it is': withFile({
    pread(it, buffer, position) {
      const count = file.pread(it, buffer, position)
      if (count > 0) it.state.offset = position + count
      return count
    },
  }),
  'a negative position is EINVAL for pread, pwrite and seek, a negative length for truncate': withFile({
    seek: (it, offset, origin) => (offset < 0 && origin === 2 ? file.seek(it, 0, 0) : file.seek(it, offset, origin)),
  }),
  'seek counts from the start, the offset and the end, and answers where it came to': withFile({
    seek: (it, offset, origin) => file.seek(it, offset, origin === 2 ? 0 : origin),
  }),
  'another origin than those three is EINVAL': withFile({
    seek: (it, offset, origin) => file.seek(it, offset, origin === 99 ? 0 : origin),
  }),
  'a write after the end leaves zeros between': withStream({
    write(it, bytes) {
      it.state.offset = Math.min(it.state.offset, it.state.inode.bytes.length)
      return stream.write(it, bytes)
    },
  }),
  'with APPEND each write lands at the end, pwrite too': withFile({
    pwrite: ({ state, access, status }, bytes, position) =>
      file.pwrite({ state, access, status: status & ~APPEND } as never, bytes, position),
  }),
  'truncate cuts, and extends with zeros, and leaves the offset': withFile({
    truncate(it, length) {
      it.state.offset = Math.min(it.state.offset, length)
      return file.truncate(it, length)
    },
  }),
  'what was cut off does not come back': withFile({
    truncate(it, length) {
      const cut = it.state.inode.bytes.slice(length)
      const result = file.truncate(it, length)
      Object.assign(it.state.inode, { cut })
      return result
    },
    pwrite(it, bytes, position) {
      const inode = it.state.inode as Inode & { cut?: number[] }
      inode.bytes.push(...(inode.cut ?? []))
      return file.pwrite(it, bytes, position)
    },
  }),
  'writing nothing after the end does not make it longer': withFile({
    pwrite(it, bytes, position) {
      if (position > 0 && it.state.inode.bytes.length < position) file.truncate(it, position)
      return file.pwrite(it, bytes, position)
    },
  }),
  'stat tells the size and that it is a regular file, and wants room for it': withFile({
    stat: (it, out) => (out.length < 112 ? 0 : file.stat(it, out)),
  }),
  'sync answers 0': withFile({ sync: (_it, dataOnly) => (dataOnly === 1 ? -22 : 0) }),
  'mode and times that were set are told by stat, unless the kind has none': withFile({ setMode: () => 0 }),
  'a dup shares the offset: where one reads, the other goes on': () => {
    const description = tree({
      file: {
        seek(it, offset, origin) {
          // Each look at the offset starts anew, as with an offset that is kept by handle.
          if (it.holders > 1 && origin === 1) return 0
          return file.seek(it, offset, origin)
        },
      },
    })
    return description
  },
  'seek, pread and pwrite are ESPIPE, before any look at mode, position or origin': () => ({
    ...tree(),
    kind: treeKindsWith().fileKind,
    positions: false,
    open: () => treeKindsWith().fileKind.open({ inode: makeInode(0o100644), offset: 0 }),
  }),

  'openAt makes a file with O_CREAT, and opens what is there': withDirectory((good) => {
    const opened = new Map<string, KernelObject>()
    return {
      openAt(it, path, flags, mode) {
        const known = opened.get(path)
        if (known?.isLive === true && flags === 0) return known
        const object = good.openAt(it, path, flags, mode)
        if (typeof object === 'object') opened.set(path, object)
        return object
      },
    }
  }),
  'openAt refuses as open(2) does': withDirectory((good) => ({
    openAt: (it, path, flags, mode) => good.openAt(it, path, flags & ~O_EXCL, mode),
  })),
  'an open file has the mode that it was opened with': withDirectory((good) => ({
    openAt: (it, path, flags, mode) =>
      path === 'file' ? good.openAt(it, path, (flags & ~O_ACCMODE) | O_RDWR, mode) : good.openAt(it, path, flags, mode),
  })),
  'O_TRUNC empties, O_APPEND appends': withDirectory((good) => ({
    openAt: (it, path, flags, mode) => good.openAt(it, path, flags & ~O_APPEND, mode),
  })),
  'mkdirAt makes a directory where there is nothing': withDirectory((good) => ({
    mkdirAt: (it, path, mode) => Math.max(good.mkdirAt(it, path, mode), -ENOENT) && 0,
  })),
  'unlinkAt removes files, and empty directories with AT_REMOVEDIR': withDirectory((good) => ({
    unlinkAt(it, path, flags) {
      const result = good.unlinkAt(it, path, flags)
      if (result !== -ENOTEMPTY || flags !== AT_REMOVEDIR) return result
      it.state.inode.entries.delete(path)
      return 0
    },
  })),
  'a file that was removed lives as long as it is open': withDirectory((good) => ({
    unlinkAt(it, path, flags) {
      const inode = it.state.inode.entries.get(path)
      const result = good.unlinkAt(it, path, flags)
      if (result === 0 && inode !== undefined) inode.bytes.length = 0
      return result
    },
  })),
  'renameAt moves a name, and replaces what it may': withDirectory((good) => ({
    renameAt: (it, path, directory, newPath) => good.renameAt(it, path, directory, newPath, 1),
  })),
  'renameAt refuses as rename(2) does, and changes nothing': withDirectory((good) => ({
    renameAt: (it, path, directory, newPath) => good.renameAt(it, path, directory, newPath, 0),
  })),
  'linkAt gives a file another name, if the kind has it': withDirectory((good) => ({
    linkAt(it, path, directory, newPath, flags) {
      const result = good.linkAt(it, path, directory, newPath, flags)
      const inode = it.state.inode.entries.get(newPath)
      if (result === 0 && inode !== undefined) it.state.inode.entries.set(newPath, { ...inode, ino: -1 })
      return result
    },
  })),
  'symbolic links are followed, read and removed as such, if the kind has them': withDirectory((good) => ({
    openAt: (it, path, flags, mode) => good.openAt(it, path, flags & ~O_NOFOLLOW, mode),
  })),
  'readDir gives each name once, however small the room': withDirectory((good) => ({
    readDir: (it, cookie, out) => good.readDir(it, cookie > 0 ? cookie - 1 : cookie, out),
  })),
  'an entry has the type and inode number that stat tells': withDirectory((good) => ({
    statAt: (it, path, flags, out) => good.statAt(it, path === 'folder' ? '.' : path, flags, out),
  })),
  'readDir with cookie −1 goes on where this open object stands': withDirectory((good) => ({
    readDir: (it, cookie, out) => good.readDir(it, Math.max(0, cookie), out),
  })),
  'a path that climbs over the root stays at the root': withDirectory((good) => ({
    openAt: (it, path, flags, mode) =>
      good.openAt(climbs(path) ? ({ state: outsideOf(it.state) } as never) : it, path, flags, mode),
  })),
  'a symbolic link that climbs over the root, or names a path of the host, stays within': withDirectory((good) => ({
    openAt: (it, path, flags, mode) =>
      good.openAt(climbs(path) ? it : ({ state: outsideOf(it.state) } as never), path, flags, mode),
  })),
  'with BENEATH a path that leads out of the directory is EXDEV': withDirectory((good) => ({
    openAt: (it, path, flags, mode) => good.openAt(it, path, flags & ~BENEATH, mode),
  })),
  'every call takes BENEATH': withDirectory((good) => ({
    symlinkAt: (it, target, path) => good.symlinkAt(it, target, path),
  })),
  'pathOf tells where a directory is now': withDirectory((good) => {
    const known = new Map<Inode, string | number>()
    return {
      pathOf(it) {
        const path = known.get(it.state.inode) ?? good.pathOf(it)
        known.set(it.state.inode, path)
        return path
      },
    }
  }),
  'mode and times that were set by path are told by stat, unless the kind has none': withDirectory(() => ({
    setModeAt: () => 0,
  })),
  'a stat by path wants room for it, and something to tell of': withDirectory((good) => ({
    statAt: (it, path, flags, out) => (path === 'nothing' ? 0 : good.statAt(it, path, flags, out)),
  })),
}

describe('the conformance suite of files and directories', () => {
  it('finds nothing wrong with a good tree, and has something that breaks each rule', async () => {
    const { rules, failed } = await outcomeOf((runner) => {
      testKind(runner, tree())
    })
    expect([...failed]).toEqual([])
    // The rules of any object and any stream have their breakers in kind.test.ts.
    const { rules: elsewhere } = await outcomeOf((runner) => {
      testKind(runner, describePipe(pipeKindWith()))
      testKind(runner, { ...describePipe(pipeKindWith({ hooks: { ready: undefined as never } })) })
    })
    expect([...rules].filter((rule) => broken[rule] === undefined && !elsewhere.has(rule))).toEqual([])
  })

  for (const [rule, description] of Object.entries(broken)) {
    it(`catches a kind that breaks: ${rule}`, async () => {
      const { failed } = await outcomeOf((runner) => {
        testKind(runner, description())
      })
      expect(failed.get(rule)).toBeInstanceOf(ConformanceError)
    })
  }
})
