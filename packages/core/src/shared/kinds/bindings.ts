import { intern, textOf } from '../words/interned-texts.js'
import { describeKind, goneKind, missingKind, type KindDescription } from './kind-description.js'
import { awayKind, type KindMemory } from './away.js'
import { damaged } from '../words/damage.js'
import { HOME_GONE, R_HOME, R_KIND, R_OWN } from '../words/layout.js'
import { SharedObject } from '../objects/shared-object.js'
import type { Kind } from '../../kind/kind.js'
import type { Registry } from '../../kind/registry.js'

/**
 * How the kinds whose objects are in a memory are served in one thread: by the kind itself where objects live in
 * the memory and the thread has it, by calls where they are at home elsewhere, by errors that say why where neither
 * will do.
 */
export class Bindings {
  readonly #memory: KindMemory
  readonly #kinds: Registry | undefined
  /** Of kinds that this thread has made objects of, though no registry was given that has them. */
  readonly #met = new Map<string, Kind>()
  readonly #numbers = new WeakMap<Kind, number>()
  readonly #here = new Map<number, Kind>()
  readonly #away = new Map<number, Kind>()
  readonly #descriptions = new Map<number, KindDescription>()
  readonly #missing = new WeakSet<Kind>()

  constructor(memory: KindMemory, kinds: Registry | undefined) {
    this.#memory = memory
    this.#kinds = kinds
  }

  /** The number of a kind among the memory's names. @throws ENOMEM when there is no room for it */
  numberOf(kind: Kind): number {
    const known = this.#numbers.get(kind)
    if (known !== undefined) return known
    const number = intern(this.#memory, JSON.stringify(describeKind(kind)))
    this.#numbers.set(kind, number)
    if (this.#kinds === undefined) this.#met.set(kind.name, kind)
    return number
  }

  /** Whether this thread can use objects of a kind that live in the memory. */
  has(kind: Kind): boolean {
    return this.#kinds === undefined || this.#kinds.get(kind.name)?.shared !== undefined
  }

  /** Whether a kind stands for one that this thread was not given. */
  isMissing(kind: Kind): boolean {
    return this.#missing.has(kind)
  }

  /** What the memory says of the kind of a number. */
  description(number: number): KindDescription {
    let description = this.#descriptions.get(number)
    if (description === undefined) {
      description = describedBy(textOf(this.#memory, number))
      this.#descriptions.set(number, description)
    }
    return description
  }

  /** Where the locks of an object are that lives in the memory, as far as its kind says so and is here. */
  locksOf(record: number): readonly number[] {
    const memory = this.#memory
    const { words } = memory
    if (words[record + R_HOME] !== 0) return []
    const { shared } = this.#kindHere(words[record + R_KIND]!)
    return shared?.locks?.(memory, record + R_OWN) ?? []
  }

  /** A new object for a record that is held or protected. */
  makeObject(record: number): SharedObject {
    const memory = this.#memory
    const { words } = memory
    const number = words[record + R_KIND]!
    const home = words[record + R_HOME]!
    if (home === HOME_GONE) return new SharedObject(memory, record, goneKind(this.description(number)), undefined)
    if (home !== 0) return new SharedObject(memory, record, this.kindAway(number), undefined)
    const kind = this.#kindHere(number)
    try {
      return new SharedObject(memory, record, kind, kind.shared?.attach(memory, record + R_OWN))
    } catch (error) {
      // The thread that looks it up is in the middle of a borrow, or of closing it: its next use gets the error.
      const why = `it did not attach: ${error instanceof Error ? error.message : String(error)}`
      return new SharedObject(memory, record, this.#missingKind(this.description(number), why), undefined)
    }
  }

  #missingKind(description: KindDescription, why: string): Kind {
    const kind = missingKind(description, why, () => {
      this.#memory.waits.ringAll()
    })
    this.#missing.add(kind)
    return kind
  }

  #kindHere(number: number): Kind {
    const bound = this.#here.get(number)
    if (bound !== undefined) return bound
    const description = this.description(number)
    const kind = this.#kinds === undefined ? this.#met.get(description.name) : this.#kinds.get(description.name)
    if (kind?.shared === undefined) {
      // It may be registered later.
      return this.#missingKind(description, `thread ${String(this.#memory.thread)} attached without it`)
    }
    this.#here.set(number, kind)
    return kind
  }

  /** What stands for a kind of that number where its objects are at home elsewhere. */
  kindAway(number: number): Kind {
    let kind = this.#away.get(number)
    if (kind === undefined) this.#away.set(number, (kind = awayKind(this.#memory, this.description(number))))
    return kind
  }
}

function describedBy(text: string): KindDescription {
  let description: unknown
  try {
    description = JSON.parse(text)
  } catch {
    // As one that is something else.
  }
  if (!isDescription(description)) throw damaged('a kind has no description')
  return description
}

/** Whether a value has what is read of a description. A worker may have written any text. */
function isDescription(value: unknown): value is KindDescription {
  if (!isObject(value)) return false
  const { name, capabilities, hooks } = value
  return typeof name === 'string' && isObject(capabilities) && Object.values(capabilities).every(isObject) && isObject(hooks)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
