/** One name in a directory. */
export interface Name {
  readonly name: string
  /** Where reading goes on after it. Kept for as long as the name stays, and larger than those before it. */
  readonly cookie: number
  /** The inode that it names; 0 once the name is gone, or where inode numbers are somebody else's. */
  ino: number
}

/** The cookies of `.` and `..`, which come first and are not kept. */
export const SELF_COOKIE = 1
export const PARENT_COOKIE = 2

/**
 * The names in a directory, in the order in which they came. Reading goes by cookie, so that whatever comes
 * and goes meanwhile, a name that stays is read exactly once.
 */
export class Names {
  readonly #byName = new Map<string, Name>()
  /** Ascending by cookie, with some that are gone. */
  #ordered: Name[] = []
  #lastCookie = PARENT_COOKIE

  get size(): number {
    return this.#byName.size
  }

  get(name: string): Name | undefined {
    return this.#byName.get(name)
  }

  /** Adds a name that is not there. */
  add(name: string, ino: number): void {
    const added = { name, cookie: ++this.#lastCookie, ino }
    this.#byName.set(name, added)
    this.#ordered.push(added)
  }

  /** Removes a name that is there. */
  remove(name: string): void {
    const removed = this.#byName.get(name)!
    removed.ino = 0
    this.#byName.delete(name)
    // Half of the list at most is of names that are gone, so removing costs O(1) in the long run. A map keeps
    // the order in which its names came, which is that of their cookies.
    if (this.#ordered.length > 2 * this.#byName.size + 16) this.#ordered = [...this.#byName.values()]
  }

  /** The names after a cookie. */
  *after(cookie: number): Generator<Name, void> {
    for (let i = this.#indexAfter(cookie); i < this.#ordered.length; i++) {
      const name = this.#ordered[i]!
      if (this.#byName.get(name.name) === name) yield name
    }
  }

  #indexAfter(cookie: number): number {
    let low = 0
    let high = this.#ordered.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#ordered[middle]!.cookie <= cookie) low = middle + 1
      else high = middle
    }
    return low
  }
}
