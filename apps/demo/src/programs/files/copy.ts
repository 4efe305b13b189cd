import { AT_SYMLINK_NOFOLLOW, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY, S_IFDIR, S_IFLNK, S_IFREG, type Stat } from '@ht/core'
import { AT_FDCWD } from '@ht/kernel'
import { fromText, toText } from '../../libc/byte-string.js'
import { quotedAlways } from '../quote.js'
import { strerror } from '../../libc/strerror.js'
import { entriesIn, idOf, isOf, leadsTo, lookUp, typeName, within } from './paths.js'
import type { Handle } from '@ht/core'
import type { Run } from '../command.js'

/** What becomes of something that is there already. */
export type Existing = 'overwrite' | 'keep' | 'ask'

/** How files are copied. */
export interface CopyManner {
  readonly recursive: boolean
  /** Which symbolic links are followed. */
  readonly follow: 'always' | 'operands' | 'never'
  /** Whether permissions and times are kept, and whether several names of a file are names of one. */
  readonly preserve: boolean
  readonly links: boolean
  readonly existing: Existing
  /** Whether only what is newer is copied. */
  readonly update: boolean
  /** Whether a file that cannot be written to is replaced. */
  readonly force: boolean
  /** What is said of each copy, if anything: `'a' -> 'b'` behind it. */
  readonly say: string | undefined
}

/** Copies files and directories, for one run of a program. */
export class Copier {
  readonly #command: Run
  readonly #manner: CopyManner
  /** Sources that were named, and what was made of them: for warnings, and so that nothing is overwritten that was just made. */
  readonly #named = new Set<string>()
  readonly #made = new Set<string>()
  /** Where files with several names were copied to. */
  readonly #links = new Map<string, string>()
  /** Directories that were made here, which are not copied in turn. */
  readonly #directories = new Set<string>()
  /** Whether one of them was met, which ends the copying of an operand. */
  #isIntoItself = false
  readonly #umask: number

  constructor(command: Run, manner: CopyManner) {
    this.#command = command
    this.#manner = manner
    this.#umask = command.task.umask(0)
    command.task.umask(this.#umask)
  }

  /** Copies what an operand names: whether all went well. What does not is reported. */
  async copy(source: string, target: string): Promise<boolean> {
    const from = await this.#look(source, true)
    if (from === undefined) return false
    if (isOf(from, S_IFDIR) && !this.#manner.recursive) return this.#fail(`-r not specified; omitting directory ${quotedAlways(source)}`)
    const name = `${idOf(from)} ${target}`
    if (this.#named.has(name)) {
      await this.#command.complain(`warning: source ${isOf(from, S_IFDIR) ? 'directory' : 'file'} ${quotedAlways(source)} specified more than once`)
      return true
    }
    this.#named.add(name)
    this.#isIntoItself = false
    return this.#copy(source, from, target, [source, target])
  }

  async #copy(source: string, from: Stat, target: string, top: readonly [source: string, target: string]): Promise<boolean> {
    const { task } = this.#command
    const { links, say } = this.#manner
    const isDirectory = isOf(from, S_IFDIR)
    const isContent = isOf(from, S_IFREG) || !(this.#manner.recursive || isOf(from, S_IFLNK))
    let to: Stat | undefined
    try {
      to = lookUp(task, target, isContent)
    } catch (error) {
      return this.#fail(`cannot stat ${quotedAlways(target)}: ${this.#command.why(error)}`)
    }
    if (to !== undefined) {
      const answer = await this.#replacing(source, from, target, to)
      if (answer !== 'replace') return answer === 'skip'
      const unlinks = !isDirectory && ((links && to.nlink > 1) || !isContent)
      if (unlinks && !(await this.#command.attempt(`cannot remove ${quotedAlways(target)}`, () => task.unlink(toText(target))))) return false
      if (unlinks) to = undefined
    }
    if (isDirectory) return this.#copyDirectory(source, from, target, to === undefined, top)
    if (say !== undefined) this.#say(source, target)
    // Where links are followed, they count as further names.
    const earlier = links && (from.nlink > 1 || this.#manner.follow !== 'never') ? this.#links.get(idOf(from)) : undefined
    if (earlier !== undefined) {
      return this.#command.attempt(`cannot create hard link ${quotedAlways(target)} to ${quotedAlways(earlier)}`, () => task.link(toText(earlier), toText(target)))
    }
    const done = isContent ? await this.#copyContent(source, from, target, to !== undefined) : await this.#copySpecial(source, from, target)
    if (done) this.#links.set(idOf(from), target)
    const now = done ? lookUp(task, target, false) : undefined
    if (now !== undefined) this.#made.add(idOf(now))
    return done
  }

  /** What is to come of something that is there. */
  async #replacing(source: string, from: Stat, target: string, to: Stat): Promise<'replace' | 'skip' | 'failed'> {
    const { existing, update } = this.#manner
    const fail = async (message: string) => {
      await this.#command.complain(message)
      return 'failed' as const
    }
    const names = [quotedAlways(source), quotedAlways(target)] as const
    const isDirectory = isOf(from, S_IFDIR)
    if (existing === 'keep' && !isDirectory) return 'skip'
    const isSame = idOf(from) === idOf(to) && !(isDirectory && this.#directories.has(idOf(to)))
    if (isSame || leadsTo(this.#command.task, source, from, to)) return fail(`${names[0]} and ${names[1]} are the same file`)
    if (!isDirectory) {
      if (update && to.mtimeMs >= from.mtimeMs) return 'skip'
      if (isOf(to, S_IFDIR)) return fail(`cannot overwrite directory ${names[1]} with non-directory`)
      if (this.#made.has(idOf(to))) return fail(`will not overwrite just-created ${names[1]} with ${names[0]}`)
      if (existing === 'ask' && !(await this.#command.agrees(`overwrite ${names[1]}`))) return 'skip'
    } else if (!isOf(to, S_IFDIR)) return fail(`cannot overwrite non-directory ${names[1]} with directory ${names[0]}`)
    return 'replace'
  }

  async #copyDirectory(source: string, from: Stat, target: string, isNew: boolean, top: readonly [source: string, target: string]): Promise<boolean> {
    const { task } = this.#command
    if (this.#directories.has(idOf(from))) {
      this.#isIntoItself = true
      return this.#fail(`cannot copy a directory, ${quotedAlways(top[0])}, into itself, ${quotedAlways(top[1])}`)
    }
    const { preserve, say } = this.#manner
    const mode = preserve ? from.mode & 0o7777 : from.mode & 0o777 & ~this.#umask
    if (isNew) {
      // Whoever copies has to be able to write into it meanwhile.
      const made = await this.#command.attempt(`cannot create directory ${quotedAlways(target)}`, () => task.mkdir(toText(target), (mode & 0o777) | 0o700))
      if (!made) return false
      this.#directories.add(idOf(task.stat(toText(target))))
      if (say !== undefined) this.#say(source, target)
    }
    let names: string[]
    try {
      // In the order of their numbers, as they were made, which is how GNU's does it.
      const entries = entriesIn(task, source).sort((a, b) => a.ino - b.ino)
      names = entries.map(({ name }) => fromText(name))
    } catch (error) {
      return this.#fail(`cannot access ${quotedAlways(source)}: ${this.#command.why(error)}`)
    }
    let good = true
    for (const name of names) {
      if (this.#isIntoItself) break
      const from = await this.#look(within(source, name), false)
      good = from !== undefined && (await this.#copy(within(source, name), from, within(target, name), top)) && good
    }
    if (preserve) good = (await this.#keep(from, target)) && good
    else if (isNew && (mode & 0o700) !== 0o700) good = (await this.#command.attempt(`setting permissions for ${quotedAlways(target)}`, () => task.chmod(toText(target), mode))) && good
    return good
  }

  async #copyContent(source: string, from: Stat, target: string, isThere: boolean): Promise<boolean> {
    const { task } = this.#command
    const { preserve, force } = this.#manner
    let reader: Handle
    try {
      reader = task.open(toText(source), O_RDONLY)
    } catch (error) {
      return this.#fail(`cannot open ${quotedAlways(source)} for reading: ${this.#command.why(error)}`)
    }
    let writer = -1
    try {
      if (isThere) writer = task.openErrno(toText(target), O_WRONLY | O_TRUNC)
      if (isThere && writer < 0 && force) task.unlinkErrno(toText(target))
      if (!isThere || (writer < 0 && force)) {
        // Of those who may be waiting for its permissions, none can open it before.
        const mode = from.mode & 0o777 & (preserve ? 0o700 : 0o777)
        writer = task.openErrno(toText(target), O_WRONLY | O_CREAT | O_EXCL, mode)
      }
      if (writer < 0) return await this.#fail(whyNotCreated(task, target, writer))
      await this.#pour(reader, source, writer, target)
      return !preserve || (await this.#keep(from, target))
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
      return await this.#fail(error.message)
    } finally {
      task.closeErrno(reader)
      if (writer >= 0) task.closeErrno(writer)
    }
  }

  /** @throws Stopped */
  async #pour(reader: Handle, source: string, writer: Handle, target: string): Promise<void> {
    const { task } = this.#command
    const buffer = new Uint8Array(PIECE)
    const call = async (doing: string, path: string, work: () => Promise<number>) => {
      try {
        return await work()
      } catch (error) {
        throw new Stopped(`error ${doing} ${quotedAlways(path)}: ${this.#command.why(error)}`)
      }
    }
    for (let count; (count = await call('reading', source, () => task.readAsync(reader, buffer))) > 0; ) {
      for (let done = 0; done < count; ) {
        const rest = buffer.subarray(done, count)
        done += await call('writing', target, () => task.writeAsync(writer, rest))
      }
    }
  }

  /** Copies what is neither a directory nor read: a symbolic link. */
  async #copySpecial(source: string, from: Stat, target: string): Promise<boolean> {
    const { task } = this.#command
    if (!isOf(from, S_IFLNK)) return this.#fail(`cannot create ${typeName(from)} ${quotedAlways(target)}: Operation not supported`)
    let leadsTo: string
    try {
      leadsTo = task.readlink(toText(source))
    } catch (error) {
      return this.#fail(`cannot read symbolic link ${quotedAlways(source)}: ${this.#command.why(error)}`)
    }
    const made = await this.#command.attempt(`cannot create symbolic link ${quotedAlways(target)}`, () => task.symlink(leadsTo, toText(target)))
    return made && (!this.#manner.preserve || this.#keep(from, target))
  }

  /** Gives a copy the times and permissions of what it was made of. */
  async #keep(from: Stat, target: string): Promise<boolean> {
    const { task } = this.#command
    const [accessed, modified] = [Math.round(from.atimeMs * 1000), Math.round(from.mtimeMs * 1000)]
    const isLink = isOf(from, S_IFLNK)
    const kept = await this.#command.attempt(`preserving times for ${quotedAlways(target)}`, () =>
      task.utimensat(AT_FDCWD, toText(target), accessed, modified, isLink ? AT_SYMLINK_NOFOLLOW : 0),
    )
    // A link has no permissions of its own.
    if (isLink) return kept
    return (await this.#command.attempt(`preserving permissions for ${quotedAlways(target)}`, () => task.chmod(toText(target), from.mode & 0o7777))) && kept
  }

  async #look(path: string, isOperand: boolean): Promise<Stat | undefined> {
    const { follow } = this.#manner
    const { task } = this.#command
    try {
      return follow === 'always' || (follow === 'operands' && isOperand) ? task.stat(toText(path)) : task.lstat(toText(path))
    } catch (error) {
      await this.#command.complain(`cannot stat ${quotedAlways(path)}: ${this.#command.why(error)}`)
      return undefined
    }
  }

  #say(source: string, target: string): void {
    this.#command.out.put(`${this.#manner.say!}${quotedAlways(source)} -> ${quotedAlways(target)}\n`)
  }

  async #fail(message: string): Promise<false> {
    await this.#command.complain(message)
    return false
  }
}

const PIECE = 65_536

/** Copying of a file stopped; the message says why. */
class Stopped extends Error {}

function whyNotCreated(task: Run['task'], target: string, errno: number): string {
  const name = quotedAlways(target)
  const why = strerror(errno)
  if (why === 'File exists' && lookUp(task, target, false) !== undefined) return `not writing through dangling symlink ${name}`
  // With a slash behind it, the name is that of a directory, which is not there.
  return `cannot create regular file ${name}: ${why === 'Is a directory' && target.endsWith('/') ? 'Not a directory' : why}`
}
