import { compareBytes, type Ordering } from './orderings.js'
import { extractor, orderingOf, wholeLine, type Key } from './key.js'
import type { Settings } from './options.js'

/** A line, and what is looked at of it for each key. */
export interface Line {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A key with all that is needed for it, made once. */
interface Prepared {
  readonly extract: (line: string) => string
  readonly ordering: Ordering
  readonly sign: number
}

/** Puts lines in order. */
export class Sorter {
  readonly #keys: readonly Prepared[]
  readonly #settings: Settings
  readonly #sign: number

  constructor(settings: Settings) {
    const { keys, letters, tab } = settings
    this.#settings = settings
    this.#sign = letters.has('r') ? -1 : 1
    const onlyReverse = [...letters].every((letter) => letter === 'r')
    const all: readonly Key[] = keys.length > 0 ? keys : onlyReverse ? [] : [wholeLine(letters)]
    this.#keys = all.map((key) => ({
      extract: extractor(key, tab),
      ordering: orderingOf(key),
      sign: key.letters.has('r') ? -1 : 1,
    }))
  }

  read(lines: readonly string[]): Line[] {
    return lines.map((text) => ({
      text,
      values: this.#keys.map(({ extract, ordering }) => ordering.read(extract(text))),
    }))
  }

  /** Lines in order; of equal ones one, if so asked. */
  sort(lines: readonly Line[]): Line[] {
    return this.#withoutEqual(
      this.#keys.length > 0 ? [...lines].sort((a, b) => this.compare(a, b)) : this.#byBytes(lines),
    )
  }

  /** Lines without keys, which the engine compares by itself. */
  #byBytes(lines: readonly Line[]): Line[] {
    const texts = lines.map(({ text }) => text).sort()
    if (this.#sign < 0) texts.reverse()
    return texts.map((text) => ({ text, values: [] }))
  }

  /** The same, of files that are in order already. */
  merge(files: readonly (readonly Line[])[]): Line[] {
    const at = files.map(() => 0)
    const merged: Line[] = []
    for (;;) {
      let least: number | undefined
      for (const [file, lines] of files.entries()) {
        const line = lines[at[file]!]
        if (line !== undefined && (least === undefined || this.compare(line, files[least]![at[least]!]!) < 0))
          least = file
      }
      if (least === undefined) return this.#withoutEqual(merged)
      merged.push(files[least]![at[least]!++]!)
    }
  }

  /** Below, above or equal to 0. Lines whose keys are equal are compared as a whole, unless told otherwise. */
  compare(a: Line, b: Line): number {
    for (let i = 0; i < this.#keys.length; i++) {
      const { ordering, sign } = this.#keys[i]!
      const difference = ordering.compare(a.values[i], b.values[i])
      if (difference !== 0) return sign * difference
    }
    const { unique, stable } = this.#settings
    return this.#keys.length > 0 && (unique || stable) ? 0 : this.#sign * compareBytes(a.text, b.text)
  }

  #withoutEqual(lines: Line[]): Line[] {
    if (!this.#settings.unique) return lines
    let last: Line | undefined
    return lines.filter((line) => {
      const isNew = last === undefined || this.compare(last, line) !== 0
      if (isNew) last = line
      return isNew
    })
  }
}
