import { BENEATH } from '@ht/core'
import { ELOOP, ENOENT, EXDEV } from '../errno.js'
import { checkName, checkPath } from './limits.js'

/** Directories that contain each other, as a walk sees them. */
export interface Hierarchy<D extends object> {
  readonly root: D
  /** The directory of this name, or the target of the symbolic link of this name, or −errno (ENOTDIR for a file). */
  enter(directory: D, name: string): D | string | number
  /** The directory above; the root's is the root. */
  up(directory: D): D | number
  /** Whether a directory was removed, where the tree can tell: no name is looked for in there, however long it is. */
  isRemoved?(directory: D): boolean
  /** Ends the use of a directory that `enter` or `up` gave. */
  leave(directory: D): void
}

/** How many symbolic links one path may lead through (path_resolution(7)). */
const LINKS_MAX = 40
const SLASH = 47

/**
 * The way of one path through a tree: name by name, as path_resolution(7) has it, to the last name, with
 * which the caller does what it came for.
 *
 * Confinement is kept here. Each directory on the way was entered from the one before it, so the way back is
 * the way that was come, and `..` pops it: nobody is asked where a directory is now, and one that is moved
 * meanwhile leads nowhere else. At its beginning the tree is asked, whose root is its own parent. An absolute
 * path, or link, begins at the tree's root.
 */
export class Walk<D extends object> {
  /** The directory that the last name is in; or, where the name is `.`, `..` or `/`, the directory it names. */
  directory: D
  name = ''
  /** Slashes follow the last name: it has to be a directory's, and a link is followed. */
  slash = false
  /** The last name is `.`, `..` or `/`. */
  endsInDirectory = false
  /** −ENAMETOOLONG, or −ENOENT, where the last name can be no entry's, which is for the rules to say when its turn has come; 0 otherwise. */
  refused = 0

  readonly #tree: Hierarchy<D>
  readonly #beneath: boolean
  /** Where the way begins, and whether this walk got there itself. */
  #base: D
  #ownsBase = false
  #entered: D[] | undefined
  /** How many texts it went by: the path, and the links on it. */
  #texts = 0

  /** `flags`: with BENEATH, what leads above `start` is refused. `start` is lent until the walk's end. */
  constructor(tree: Hierarchy<D>, start: D, flags: number) {
    this.#tree = tree
    this.#base = start
    this.#beneath = (flags & BENEATH) !== 0
    this.directory = start
  }

  /** Takes all steps but the last, whose name is not looked at: 0 or −errno. Once for each walk. */
  to(path: string): number {
    return checkPath(path) || this.#go(path)
  }

  /** Goes on through the link that the last name turned out to be: 0 or −errno. */
  follow(target: string): number {
    return this.#go(this.slash ? `${target}/` : target)
  }

  /** Leaves every directory on the way. The way's last directory is not to be used after it. */
  end(): void {
    for (const directory of this.#entered?.splice(0) ?? []) this.#tree.leave(directory)
    this.#setBase(this.#base, false)
  }

  #go(path: string): number {
    if (this.#texts++ > LINKS_MAX) return -ELOOP
    let at = skipSlashes(path, 0)
    if (at > 0) {
      if (this.#beneath) return -EXDEV
      this.end()
      this.#setBase(this.#tree.root, false)
      if (at === path.length) return this.#arrive('/', false, true)
    }
    for (;;) {
      const next = path.indexOf('/', at)
      const end = next < 0 ? path.length : next
      const name = path.slice(at, end)
      at = skipSlashes(path, end)
      const last = at === path.length
      const dots = name === '.' || name === '..'
      const refused = name === '..' ? this.#up() : this.#checkName(name)
      if (refused < 0 && (dots || !last)) return refused
      this.refused = refused
      if (last) return this.#arrive(name, !dots && end < at, dots)
      if (dots) continue
      const found = this.#tree.enter(this.directory, name)
      if (typeof found === 'number') return found
      if (typeof found === 'string') return this.#go(found + path.slice(end))
      ;(this.#entered ??= []).push(found)
      this.directory = found
    }
  }

  #checkName(name: string): number {
    const refused = checkName(name)
    return refused < 0 && this.#tree.isRemoved?.(this.directory) === true ? -ENOENT : refused
  }

  #arrive(name: string, slash: boolean, endsInDirectory: boolean): number {
    this.name = name
    this.slash = slash
    this.endsInDirectory = endsInDirectory
    return 0
  }

  #up(): number {
    const entered = this.#entered?.pop()
    if (entered !== undefined) {
      this.#tree.leave(entered)
      this.directory = this.#entered!.at(-1) ?? this.#base
      return 0
    }
    if (this.#beneath) return -EXDEV
    const above = this.#tree.up(this.#base)
    if (typeof above === 'number') return above
    this.#setBase(above, true)
    return 0
  }

  #setBase(base: D, owned: boolean): void {
    if (this.#ownsBase) this.#tree.leave(this.#base)
    this.#base = base
    this.#ownsBase = owned
    this.directory = base
  }
}

function skipSlashes(path: string, at: number): number {
  while (path.charCodeAt(at) === SLASH) at++
  return at
}
