import { AT_SYMLINK_NOFOLLOW, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY, S_IFDIR, S_IFLNK, S_IFREG, type Stat } from '@ht/core'
import { AT_FDCWD } from '@ht/kernel'
import { toText } from '../../libc/byte-string.js'
import { strerror } from '../../libc/strerror.js'
import { quotedAlways } from '../quote.js'
import { idOf, isOf, leadsTo, lookUp, namesIn, typeName, within } from './paths.js'
import type { Command } from '../command.js'

/** What becomes of something that is there already. */
export type Existing = 'overwrite' | 'keep' | 'ask'

/** How files are copied. */
export interface CopyManner {
  readonly recursive: boolean
  /** Whether symbolic links are followed. */
  readonly follow: boolean
  /** Whether permissions and times are kept. */
  readonly preserve: boolean
  /** Whether several names of a file become names of one copy. */
  readonly links: boolean
  readonly existing: Existing
  /** Whether a file that cannot be written to is replaced. */
  readonly force: boolean
  /** What is said of each copy, if anything: `'a' -> 'b'` behind it. */
  readonly say: string | undefined
}

/** Copies files and directories, for one run of a program. */
export class Copier {
  readonly #command: Command
  readonly #manner: CopyManner
  /** Where files with several names were copied to. */
  readonly #links = new Map<string, string>()
  /** Directories that were made here, which are not copied in turn. */
  readonly #made = new Set<string>()
  readonly #umask: number

  constructor(command: Command, manner: CopyManner) {
    this.#command = command
    this.#manner = manner
    this.#umask = command.task.umask(0)
    command.task.umask(this.#umask)
  }

  /** Copies a file or directory: whether all went well. What does not is reported. */
  async copy(source: string, target: string): Promise<boolean> {
    const { task } = this.#command
    const { recursive, follow, existing } = this.#manner
    const found: { from?: Stat; to?: Stat | undefined } = {}
    const look = () => (found.from = follow ? task.stat(toText(source)) : task.lstat(toText(source)))
    if (!(await this.#command.attempt(`cannot stat ${quotedAlways(source)}`, look))) return false
    const from = found.from!
    const isDirectory = isOf(from, S_IFDIR)
    if (isDirectory && !recursive) return this.#command.fail(`-r not specified; omitting directory ${quotedAlways(source)}`)
    const isContent = isOf(from, S_IFREG) || !(recursive || isOf(from, S_IFLNK))
    const lookThere = () => (found.to = lookUp(task, target, isContent))
    if (!(await this.#command.attempt(`cannot stat ${quotedAlways(target)}`, lookThere))) return false
    const { to } = found
    if (to !== undefined) {
      if (existing === 'keep' && !isDirectory) return true
      const wrong = whyNotInPlace(from, to, quotedAlways(source), quotedAlways(target), leadsTo(task, source, to))
      if (wrong !== undefined && !(isDirectory && this.#made.has(idOf(to)))) return this.#command.fail(wrong)
      const asks = existing === 'ask' && !isDirectory
      if (asks && !(await this.#command.agrees(`overwrite ${quotedAlways(target)}`))) return true
    }
    if (isDirectory) return this.#copyDirectory(source, from, target, to === undefined)
    if (to !== undefined && !isContent) task.unlinkErrno(toText(target))
    this.#say(source, target)
    const earlier = this.#manner.links && from.nlink > 1 ? this.#links.get(idOf(from)) : undefined
    if (earlier !== undefined) {
      const link = () => task.link(toText(earlier), toText(target))
      return this.#command.attempt(`cannot create hard link ${quotedAlways(target)} to ${quotedAlways(earlier)}`, link)
    }
    this.#links.set(idOf(from), target)
    return isContent ? this.#copyContent(source, from, target, to !== undefined) : this.#copySpecial(source, from, target)
  }

  async #copyDirectory(source: string, from: Stat, target: string, isNew: boolean): Promise<boolean> {
    const { task } = this.#command
    if (this.#made.has(idOf(from)))
      return this.#command.fail(`cannot copy a directory, ${quotedAlways(source)}, into itself, ${quotedAlways(target)}`)
    const mode = this.#manner.preserve ? from.mode & 0o7777 : from.mode & 0o777 & ~this.#umask
    if (isNew) {
      // It has to be possible to write into it meanwhile.
      const make = () => task.mkdir(toText(target), (mode & 0o777) | 0o700)
      if (!(await this.#command.attempt(`cannot create directory ${quotedAlways(target)}`, make))) return false
      this.#made.add(idOf(task.stat(toText(target))))
      this.#say(source, target)
    }
    let names: string[] = []
    let good = await this.#command.attempt(`cannot access ${quotedAlways(source)}`, () => (names = namesIn(task, source).sort()))
    for (const name of names) good = (await this.copy(within(source, name), within(target, name))) && good
    if (this.#manner.preserve) return (await this.#keep(from, target)) && good
    if (!isNew || (mode & 0o700) === 0o700) return good
    return (
      (await this.#command.attempt(`setting permissions for ${quotedAlways(target)}`, () => task.chmod(toText(target), mode))) &&
      good
    )
  }

  async #copyContent(source: string, from: Stat, target: string, isThere: boolean): Promise<boolean> {
    const { task } = this.#command
    const { preserve, force } = this.#manner
    const reader = task.openErrno(toText(source), O_RDONLY)
    if (reader < 0) return this.#command.fail(`cannot open ${quotedAlways(source)} for reading: ${strerror(reader)}`)
    let writer = -1
    try {
      if (isThere) writer = task.openErrno(toText(target), O_WRONLY | O_TRUNC)
      if (isThere && writer < 0 && force) task.unlinkErrno(toText(target))
      if (!isThere || (writer < 0 && force)) {
        // Others cannot open it before it has its permissions.
        writer = task.openErrno(toText(target), O_WRONLY | O_CREAT | O_EXCL, from.mode & (preserve ? 0o700 : 0o777))
      }
      if (writer < 0) return await this.#command.fail(`cannot create regular file ${quotedAlways(target)}: ${strerror(writer)}`)
      const copied = await this.#command.attempt(`error copying ${quotedAlways(source)} to ${quotedAlways(target)}`, async () => {
        const buffer = new Uint8Array(PIECE)
        for (let count; (count = await task.readAsync(reader, buffer)) > 0;) {
          for (let done = 0; done < count;) done += await task.writeAsync(writer, buffer.subarray(done, count))
        }
      })
      return copied && (!preserve || (await this.#keep(from, target)))
    } finally {
      task.closeErrno(reader)
      if (writer >= 0) task.closeErrno(writer)
    }
  }

  /** Copies what is neither a directory nor read: a symbolic link. */
  async #copySpecial(source: string, from: Stat, target: string): Promise<boolean> {
    const { task } = this.#command
    if (!isOf(from, S_IFLNK))
      return this.#command.fail(`cannot create ${typeName(from)} ${quotedAlways(target)}: Operation not supported`)
    const link = () => task.symlink(task.readlink(toText(source)), toText(target))
    const made = await this.#command.attempt(`cannot create symbolic link ${quotedAlways(target)}`, link)
    return made && (!this.#manner.preserve || this.#keep(from, target))
  }

  /** Gives a copy the times and permissions of what it was made of. */
  async #keep(from: Stat, target: string): Promise<boolean> {
    const { task } = this.#command
    const isLink = isOf(from, S_IFLNK)
    return this.#command.attempt(`preserving times and permissions for ${quotedAlways(target)}`, () => {
      const [accessed, modified] = [Math.round(from.atimeMs * 1000), Math.round(from.mtimeMs * 1000)]
      task.utimensat(AT_FDCWD, toText(target), accessed, modified, isLink ? AT_SYMLINK_NOFOLLOW : 0)
      // A link has no permissions of its own.
      if (!isLink) task.chmod(toText(target), from.mode & 0o7777)
    })
  }

  #say(source: string, target: string): void {
    const { say } = this.#manner
    if (say !== undefined) this.#command.out.put(`${say}${quotedAlways(source)} -> ${quotedAlways(target)}\n`)
  }
}

/** Why a file cannot come in the place of what is there; `isLinkTo` says whether it is a symbolic link to that. */
export function whyNotInPlace(from: Stat, to: Stat, source: string, target: string, isLinkTo = false): string | undefined {
  if (idOf(from) === idOf(to) || isLinkTo) return `${source} and ${target} are the same file`
  if (isOf(from, S_IFDIR) && !isOf(to, S_IFDIR)) return `cannot overwrite non-directory ${target} with directory ${source}`
  if (!isOf(from, S_IFDIR) && isOf(to, S_IFDIR)) return `cannot overwrite directory ${target} with non-directory`
  return undefined
}

const PIECE = 65_536
