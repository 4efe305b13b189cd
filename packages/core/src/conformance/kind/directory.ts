import { errnoOf, type ErrorCode } from '../../errors/errno.js'
import { DirectoryOps } from '../../ops/directory.js'
import * as at from '../../ops/directory.js'
import { readEntries, type DirectoryEntry } from '../../ops/directory-entry.js'
import { readStat, S_IFDIR, S_IFMT, S_IFLNK, S_IFREG, STAT_BYTES, type Stat } from '../../ops/stat.js'
import { StreamOps } from '../../ops/stream.js'
import { answer, answers, check, equal, equalList, succeeds } from '../assert.js'
import type { DirectoryMethods } from '../../ops/directory.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { Rules } from '../runner.js'
import type { ObjectScene } from './scene.js'

const ENOTSUP = errnoOf('ENOTSUP')
const EROFS = errnoOf('EROFS')
const EPERM = errnoOf('EPERM')
const NEW_FILE = at.O_CREAT | at.O_EXCL | at.O_RDWR

/** The root of an empty tree that can be changed. */
export const directoryRules: Rules<ObjectScene> = {
  'openAt makes a file with O_CREAT, and opens what is there'(scene) {
    const made = opened(scene, 'file', at.O_CREAT | at.O_RDWR)
    answers(made.as(StreamOps)?.write(bytes('text')), 4, 'a write to the new file')
    const again = opened(scene, 'file', at.O_RDONLY)
    check(again.id !== made.id, 'a second open gave the same open object')
    const buffer = new Uint8Array(8)
    answers(again.as(StreamOps)?.read(buffer), 4, 'a read through a second open')
    equalList(buffer.subarray(0, 4), bytes('text'), 'bytes read')
  },

  'openAt refuses as open(2) does'(scene) {
    tree(scene)
    refusals(scene, {
      'what is not there': ['nothing', at.O_RDONLY, 'ENOENT'],
      'the empty path': ['', at.O_RDONLY, 'ENOENT'],
      'O_EXCL on what is there': ['file', NEW_FILE, 'EEXIST'],
      'O_DIRECTORY on a file': ['file', at.O_DIRECTORY, 'ENOTDIR'],
      'a directory for writing': ['folder', at.O_WRONLY, 'EISDIR'],
      'a file as a directory on the way': ['file/x', at.O_RDONLY, 'ENOTDIR'],
      'a file with a slash at its end': ['file/', at.O_RDONLY, 'ENOTDIR'],
      'a name of 256 bytes': ['n'.repeat(256), at.O_RDONLY, 'ENAMETOOLONG'],
      'a new file in a folder that is not there': ['none/file', NEW_FILE, 'ENOENT'],
    })
  },

  'an open file has the mode that it was opened with'(scene) {
    tree(scene)
    const reading = opened(scene, 'file', at.O_RDONLY)
    const writing = opened(scene, 'file', at.O_WRONLY)
    answers(reading.as(StreamOps)?.write(bytes('x')), 'EBADF', 'a write to what was opened for reading')
    answers(writing.as(StreamOps)?.read(new Uint8Array(1)), 'EBADF', 'a read from what was opened for writing')
  },

  'O_TRUNC empties, O_APPEND appends'(scene) {
    tree(scene)
    const appending = opened(scene, 'file', at.O_WRONLY | at.O_APPEND)
    answers(appending.as(StreamOps)?.write(bytes('!')), 1, 'a write with O_APPEND')
    equal(statAt(scene, 'file').size, 5, 'the size after it')
    opened(scene, 'file', at.O_WRONLY | at.O_TRUNC)
    equal(statAt(scene, 'file').size, 0, 'the size after O_TRUNC')
  },

  'mkdirAt makes a directory where there is nothing'(scene) {
    const directory = tree(scene)
    answers(directory.mkdirAt('new', 0o755), 0, 'mkdirAt')
    equal(statAt(scene, 'new').mode & S_IFMT, S_IFDIR, 'its type')
    answers(directory.mkdirAt('new', 0o755), 'EEXIST', 'mkdirAt again')
    answers(directory.mkdirAt('file', 0o755), 'EEXIST', 'mkdirAt of a file')
    answers(directory.mkdirAt('none/new', 0o755), 'ENOENT', 'mkdirAt in nothing')
    answers(directory.mkdirAt('file/new', 0o755), 'ENOTDIR', 'mkdirAt in a file')
    answers(directory.mkdirAt('', 0o755), 'ENOENT', 'mkdirAt of the empty path')
  },

  'unlinkAt removes files, and empty directories with AT_REMOVEDIR'(scene) {
    const directory = tree(scene)
    answers(directory.unlinkAt('nothing', 0), 'ENOENT', 'unlinkAt of nothing')
    answers(directory.unlinkAt('folder', 0), 'EISDIR', 'unlinkAt of a directory')
    answers(directory.unlinkAt('file', at.AT_REMOVEDIR), 'ENOTDIR', 'AT_REMOVEDIR of a file')
    answers(directory.unlinkAt('folder', at.AT_REMOVEDIR), 'ENOTEMPTY', 'AT_REMOVEDIR of a full directory')
    answers(directory.unlinkAt('folder/inner', 0), 0, 'unlinkAt of a file')
    answers(directory.unlinkAt('folder', at.AT_REMOVEDIR), 0, 'AT_REMOVEDIR of an empty directory')
    equalList(names(scene), ['file'], 'the names that are left')
  },

  'a file that was removed lives as long as it is open'(scene) {
    const directory = tree(scene)
    const file = opened(scene, 'file', at.O_RDWR)
    answers(directory.unlinkAt('file', 0), 0, 'unlinkAt')
    const buffer = new Uint8Array(4)
    answers(file.as(StreamOps)?.read(buffer), 4, 'a read of the removed file')
    equalList(buffer, bytes('text'), 'bytes read')
    answers(file.as(StreamOps)?.write(bytes('more')), 4, 'a write to the removed file')
    isRefused(scene, 'file', at.O_RDONLY, 'ENOENT', 'the removed name')
  },

  'renameAt moves a name, and replaces what it may'(scene) {
    const directory = tree(scene)
    answers(directory.renameAt('file', scene.object, 'folder/inner', 0), 0, 'renameAt onto a file')
    equal(statAt(scene, 'folder/inner').size, 4, 'the size of what was replaced')
    isRefused(scene, 'file', at.O_RDONLY, 'ENOENT', 'the old name')
    answers(directory.mkdirAt('empty', 0o755), 0, 'mkdirAt')
    answers(directory.renameAt('folder', scene.object, 'empty', 0), 0, 'renameAt of a directory onto an empty one')
    equalList(names(scene), ['empty'], 'the names that are left')
    equal(statAt(scene, 'empty/inner').size, 4, 'what was in the directory')
  },

  'renameAt refuses as rename(2) does, and changes nothing'(scene) {
    const directory = tree(scene)
    directory.mkdirAt('empty', 0o755)
    const refuse = (from: string, to: string, flags: number, code: ErrorCode, what: string) => {
      answers(directory.renameAt(from, scene.object, to, flags), code, `renameAt of ${what}`)
    }
    refuse('nothing', 'x', 0, 'ENOENT', 'nothing')
    refuse('folder', 'folder/below', 0, 'EINVAL', 'a directory into itself')
    refuse('file', 'folder', 0, 'EISDIR', 'a file onto a directory')
    refuse('folder', 'file', 0, 'ENOTDIR', 'a directory onto a file')
    refuse('empty', 'folder', 0, 'ENOTEMPTY', 'a directory onto a full one')
    refuse('file', 'folder/inner', at.RENAME_NOREPLACE, 'EEXIST', 'a file with RENAME_NOREPLACE')
    equalList(names(scene), ['empty', 'file', 'folder'], 'the names')
    equal(statAt(scene, 'file').size, 4, 'the size of the file')
  },

  'linkAt gives a file another name, if the kind has it'(scene) {
    const directory = tree(scene)
    const linked = directory.linkAt('file', scene.object, 'other', 0)
    if (absent(linked)) return
    answers(linked, 0, 'linkAt')
    equal(statAt(scene, 'other').ino, statAt(scene, 'file').ino, 'the inode number of the other name')
    equal(statAt(scene, 'file').nlink, 2, 'nlink')
    answers(directory.linkAt('file', scene.object, 'folder', 0), 'EEXIST', 'linkAt onto what is there')
    answers(directory.linkAt('folder', scene.object, 'second', 0), 'EPERM', 'linkAt of a directory')
    answers(directory.unlinkAt('file', 0), 0, 'unlinkAt')
    equal(statAt(scene, 'other').size, 4, 'the size, by the other name,')
  },

  'symbolic links are followed, read and removed as such, if the kind has them'(scene) {
    const directory = tree(scene)
    const linked = directory.symlinkAt('folder/inner', 'link')
    if (absent(linked)) return
    answers(linked, 0, 'symlinkAt')
    equal(directory.readlinkAt('link'), 'folder/inner', 'readlinkAt')
    answers(directory.readlinkAt('file'), 'EINVAL', 'readlinkAt of a file')
    equal(statAt(scene, 'link').mode & S_IFMT, S_IFREG, 'the type of what it leads to')
    equal(statAt(scene, 'link', at.AT_SYMLINK_NOFOLLOW).mode & S_IFMT, S_IFLNK, 'the type of the link')
    isRefused(scene, 'link', at.O_NOFOLLOW, 'ELOOP', 'a link with O_NOFOLLOW')
    answers(directory.symlinkAt('anything', 'file'), 'EEXIST', 'symlinkAt onto what is there')
    answers(directory.symlinkAt('round', 'round'), 0, 'symlinkAt of itself')
    isRefused(scene, 'round', at.O_RDONLY, 'ELOOP', 'a link to itself')
    answers(directory.unlinkAt('link', 0), 0, 'unlinkAt of the link')
    equal(statAt(scene, 'folder/inner').mode & S_IFMT, S_IFREG, 'the type of what it led to')
  },

  'readDir gives each name once, however small the room'(scene) {
    const directory = scene.methods(DirectoryOps)
    const made = Array.from({ length: 40 }, (_, i) => `name-${String(i).padStart(3, '0')}`)
    for (const name of made) opened(scene, name, NEW_FILE).release()
    equalList(names(scene), made, 'the names, read with much room,')
    const some: DirectoryEntry[] = []
    const out = new Uint8Array(100)
    for (let cookie = 0; ;) {
      const count = succeeds(directory.readDir(cookie, out), 'readDir')
      if (count === 0) break
      const entries = readEntries(out, count)
      check(entries.length > 0 && some.length < 200, 'readDir does not come to an end')
      some.push(...entries)
      cookie = entries.at(-1)?.cookie ?? 0
    }
    equalList(own(some), made, 'the names, read with little room,')
    answers(directory.readDir(0, new Uint8Array(8)), 'EINVAL', 'readDir without room for one entry')
  },

  'an entry has the type and inode number that stat tells'(scene) {
    tree(scene)
    for (const { name, type, ino } of entries(scene.methods(DirectoryOps))) {
      const stat = statAt(scene, name, at.AT_SYMLINK_NOFOLLOW)
      equal(type, stat.mode & S_IFMT, `the type of ${name}`)
      equal(ino, stat.ino, `the inode number of ${name}`)
    }
  },

  'readDir with cookie −1 goes on where this open object stands'(scene) {
    tree(scene)
    const directory = scene.methods(DirectoryOps)
    const all = entries(directory).length
    const out = new Uint8Array(40)
    let seen = 0
    for (let count; (count = succeeds(directory.readDir(-1, out), 'readDir')) > 0;) {
      seen += readEntries(out, count).length
      check(seen <= all, 'readDir does not come to an end')
    }
    equal(seen, all, 'entries seen')
    answers(directory.readDir(-1, out), 0, 'readDir at the end')
    check(directory.readDir(0, out) > 0, 'readDir from the start answered nothing')
  },

  'a path that climbs over the root stays at the root'(scene) {
    const directory = tree(scene)
    const root = statAt(scene, '.')
    for (const path of ['..', '/', '/..', '../..', 'folder/../..', '/../../.', '../folder/../../.']) {
      const stat = statAt(scene, path)
      equal(`${stat.dev}:${stat.ino}`, `${root.dev}:${root.ino}`, `what ${path} leads to`)
    }
    for (const path of ['/etc/passwd', '../../../../etc/passwd', 'folder/../../etc/passwd']) {
      isRefused(scene, path, at.O_RDONLY, 'ENOENT', path)
    }
    answers(directory.mkdirAt('../../climbed', 0o755), 0, 'mkdirAt over the root')
    check(names(scene).includes('climbed'), 'what was made over the root is not in it')
    equal(statOf(directoryAt(scene, 'folder'), '../..').ino, root.ino, 'what ../.. leads to from below')
  },

  'a symbolic link that climbs over the root, or names a path of the host, stays within'(scene) {
    const directory = tree(scene)
    if (absent(directory.symlinkAt('/etc/passwd', 'absolute'))) return
    directory.symlinkAt('../../../../etc/passwd', 'folder/climbing')
    directory.symlinkAt('/..', 'parent')
    directory.symlinkAt('parent/..', 'twice')
    for (const path of ['absolute', 'folder/climbing', 'parent/etc/passwd', 'twice/etc/passwd']) {
      isRefused(scene, path, at.O_RDONLY, 'ENOENT', path)
    }
    equal(statAt(scene, 'twice/.').ino, statAt(scene, '.').ino, 'what a link over the root leads to')
    equal(statAt(scene, 'parent/file').size, 4, 'the size of a file behind it')
  },

  'with BENEATH a path that leads out of the directory is EXDEV'(scene) {
    const directory = tree(scene)
    for (const path of ['..', '/file', 'folder/../..', '../file']) {
      isRefused(scene, path, at.O_RDONLY | at.BENEATH, 'EXDEV', `${path} with BENEATH`)
    }
    answers(directory.statAt('folder/../file', at.BENEATH, new Uint8Array(STAT_BYTES)), 0, 'a path that comes back')
    const below = directoryAt(scene, 'folder')
    refusedAt(scene, below, '../file', at.O_RDONLY | at.BENEATH, 'EXDEV', '../file with BENEATH')
    if (absent(directory.symlinkAt('../file', 'folder/out'))) return
    refusedAt(scene, below, 'out', at.O_RDONLY | at.BENEATH, 'EXDEV', 'a link that leads out, with BENEATH')
  },

  'every call takes BENEATH'(scene) {
    const hasLinks = !absent(tree(scene).symlinkAt('file', 'link'))
    const below = directoryAt(scene, 'folder')
    const out = new Uint8Array(STAT_BYTES)
    const folder = opened(scene, 'folder', at.O_DIRECTORY)
    const calls: Record<string, (path: string) => unknown> = {
      ...(hasLinks && { readlinkAt: (path) => below.readlinkAt(path, at.BENEATH) }),
      statAt: (path) => below.statAt(path, at.BENEATH, out),
      mkdirAt: (path) => below.mkdirAt(path, 0o755 | at.BENEATH),
      unlinkAt: (path) => below.unlinkAt(path, at.BENEATH),
      'renameAt from': (path) => below.renameAt(path, folder, 'new', at.BENEATH),
      'renameAt to': (path) => below.renameAt('inner', folder, path, at.BENEATH),
      'linkAt from': (path) => below.linkAt(path, folder, 'new', at.BENEATH),
      'linkAt to': (path) => below.linkAt('inner', folder, path, at.BENEATH),
      symlinkAt: (path) => below.symlinkAt('inner', path, at.BENEATH),
      setModeAt: (path) => below.setModeAt(path, 0o600, at.BENEATH),
      setTimesAt: (path) => below.setTimesAt(path, 0, 0, at.BENEATH),
    }
    for (const [name, call] of Object.entries(calls)) {
      for (const path of ['../file', '/file', '../new']) {
        const given = call(path)
        if (typeof given !== 'number' || !absent(given)) answers(given, 'EXDEV', `${name} of ${path} with BENEATH`)
      }
    }
    equal(names(scene).includes('new'), false, 'whether a name was made above')
  },

  'pathOf tells where a directory is now'(scene) {
    const directory = tree(scene)
    equal(directory.pathOf(), '/', 'pathOf of the root')
    directory.mkdirAt('folder/below', 0o755)
    const below = directoryAt(scene, 'folder/below')
    equal(below.pathOf(), '/folder/below', 'pathOf')
    directory.renameAt('folder', scene.object, 'moved', 0)
    equal(below.pathOf(), '/moved/below', 'pathOf after a rename above it')
    directory.unlinkAt('moved/below', at.AT_REMOVEDIR)
    answers(below.pathOf(), 'ENOENT', 'pathOf of what was removed')
  },

  'mode and times that were set by path are told by stat, unless the kind has none'(scene) {
    const directory = tree(scene)
    if (directory.setModeAt('file', 0o600, 0) === 0) equal(statAt(scene, 'file').mode & 0o7777, 0o600, 'mode')
    if (directory.setTimesAt('file', 1_000_000, 2_500_000, 0) === 0) {
      equal(statAt(scene, 'file').atimeMs, 1000, 'atimeMs')
      equal(statAt(scene, 'file').mtimeMs, 2500, 'mtimeMs')
    }
    check(directory.setModeAt('nothing', 0o600, 0) < 0, 'setModeAt of nothing succeeded')
  },

  'a stat by path wants room for it, and something to tell of'(scene) {
    const directory = tree(scene)
    answers(directory.statAt('file', 0, new Uint8Array(STAT_BYTES - 1)), 'EINVAL', 'statAt into too little room')
    answers(directory.statAt('nothing', 0, new Uint8Array(STAT_BYTES)), 'ENOENT', 'statAt of nothing')
    equal(statAt(scene, 'file').size, 4, 'size')
  },
}

/** A file `file` of 4 bytes, and a directory `folder` with a file `inner` of none. */
function tree(scene: ObjectScene): DirectoryMethods {
  const directory = scene.methods(DirectoryOps)
  const file = opened(scene, 'file', NEW_FILE)
  answers(file.as(StreamOps)?.write(bytes('text')), 4, 'a write to a new file')
  file.release()
  answers(directory.mkdirAt('folder', 0o755), 0, 'mkdirAt of a new name')
  opened(scene, 'folder/inner', NEW_FILE).release()
  return directory
}

function opened(scene: ObjectScene, path: string, flags: number): KernelObject {
  const result = scene.methods(DirectoryOps).openAt(path, flags, 0o644)
  check(typeof result === 'object', `openAt of ${path} answered ${answer(result)}`)
  return scene.keep(result)
}

function directoryAt(scene: ObjectScene, path: string): DirectoryMethods {
  const methods = opened(scene, path, at.O_DIRECTORY).as(DirectoryOps)
  check(methods !== undefined, `${path} was opened without ht:directory`)
  return methods
}

function refusals(scene: ObjectScene, cases: Record<string, readonly [string, number, ErrorCode]>): void {
  for (const [what, [path, flags, code]] of Object.entries(cases)) isRefused(scene, path, flags, code, what)
}

function isRefused(scene: ObjectScene, path: string, flags: number, code: ErrorCode, what: string): void {
  refusedAt(scene, scene.methods(DirectoryOps), path, flags, code, what)
}

function refusedAt(
  scene: ObjectScene,
  directory: DirectoryMethods,
  path: string,
  flags: number,
  code: ErrorCode,
  what: string,
): void {
  const result = directory.openAt(path, flags, 0o644)
  if (typeof result === 'object') scene.keep(result)
  answers(result, code, `openAt of ${what}`)
}

function statAt(scene: ObjectScene, path: string, flags = 0): Stat {
  return statOf(scene.methods(DirectoryOps), path, flags)
}

function statOf(directory: DirectoryMethods, path: string, flags = 0): Stat {
  const out = new Uint8Array(STAT_BYTES)
  answers(directory.statAt(path, flags, out), 0, `statAt of ${path}`)
  return readStat(out)
}

function entries(directory: DirectoryMethods): DirectoryEntry[] {
  const out = new Uint8Array(65536)
  const all: DirectoryEntry[] = []
  for (let count; (count = succeeds(directory.readDir(all.at(-1)?.cookie ?? 0, out), 'readDir')) > 0;) {
    all.push(...readEntries(out, count))
    check(all.length < 1000, 'readDir does not come to an end')
  }
  return all
}

/** The names, sorted, without `.` and `..`, which a kind may give or leave out. */
function own(all: readonly DirectoryEntry[]): string[] {
  return all
    .map(({ name }) => name)
    .filter((name) => name !== '.' && name !== '..')
    .sort()
}

function names(scene: ObjectScene): string[] {
  return own(entries(scene.methods(DirectoryOps)))
}

/** Whether a kind said that it does not have what was asked of it. */
function absent(result: number): boolean {
  return [ENOTSUP, EROFS, EPERM].includes(-result)
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
