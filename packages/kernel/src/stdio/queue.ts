/**
 * First in, first out, in constant time for each item on average. An array's own `shift` moves all that is left of a long
 * one: a quarter of a millisecond for each of 65,536 items.
 */
export class Queue<T> {
  #items: T[] = []
  /** The place of the first item. Those before it are undefined. */
  #first = 0

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the first item out; undefined where there is none. */
  shift(): T | undefined {
    const item = this.#items[this.#first]
    if (this.#first === this.#items.length) return undefined
    this.#items[this.#first++] = undefined as T
    // What was taken is half of it at least, so that each item is moved once on average.
    if (this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#first = 0
  }
}
