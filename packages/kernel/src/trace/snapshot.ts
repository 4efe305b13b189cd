import { filledBy, fillingOf } from './filling.js'
import type { TracedBytes } from './event.js'

/**
 * The arguments of a call as a trace is told of them. Bytes are copied when they are moved: the caller may change them as
 * soon as it has a turn, which a call that waits gives it. Bytes in memory that other threads write can change in the
 * call itself.
 */
export class Snapshot {
  /** What the trace is told. */
  readonly args: unknown[]
  /** Whether it is no longer what it was when the call began. */
  isChanged = false
  readonly #name: string
  readonly #live: readonly unknown[]
  /** How many bytes may still be copied. */
  #left: number
  #hasMoved = false

  constructor(name: string, args: readonly unknown[], most: number) {
    this.#name = name
    this.#live = args
    this.#left = most
    this.args = args.map((arg, place) => {
      const filling = fillingOf(name, place)
      // Of what is filled a part may be given, as the argument of ioctl is.
      return this.#show(arg, filling === undefined || name === 'ioctl' ? Infinity : 0)
    })
  }

  /** Bytes of the second argument have been moved, those that begin at its byte `at`. */
  moved(at: number, bytes: Uint8Array): void {
    this.#hasMoved = true
    let offset = at
    let rest = bytes
    for (const part of listOf(this.args[1])) {
      const within = rest.subarray(0, Math.max(0, part.length - offset))
      if (offset < part.length && within.length > 0) {
        this.#put(part, offset, within)
        rest = rest.subarray(within.length)
        offset = 0
      } else offset -= part.length
    }
  }

  /** The call has been answered. */
  answered(result: unknown): void {
    if (typeof result === 'number' && result < 0) return
    for (const place of filledBy(this.#name)) {
      if (place === 1 && this.#hasMoved) continue
      let filled = fillingOf(this.#name, place) === 'count' && typeof result === 'number' ? result : Infinity
      const live = listOfLive(this.#live[place])
      listOf(this.args[place]).forEach((part, i) => {
        const bytes = live[i]?.subarray(0, filled)
        filled = Math.max(0, filled - part.length)
        if (bytes !== undefined && bytes.length > 0) this.#put(part, 0, bytes)
      })
    }
  }

  #show(value: unknown, most: number): unknown {
    if (value instanceof Uint8Array) {
      const count = Math.min(value.length, most, this.#left)
      this.#left -= count
      return { bytes: new Uint8Array(value.subarray(0, count)), length: value.length } satisfies Part
    }
    return Array.isArray(value) ? value.slice(0, MOST_ITEMS).map((it) => this.#show(it, most)) : value
  }

  /** Has a part hold these bytes at an offset, if it does not. */
  #put(part: Part, offset: number, bytes: Uint8Array): void {
    const had = part.bytes.length
    const end = Math.min(offset + bytes.length, Math.max(had, Math.min(part.length, had + this.#left)))
    if (end <= offset) return
    if (end > had) {
      this.#left -= end - had
      const more = new Uint8Array(end)
      more.set(part.bytes)
      part.bytes = more
    } else if (isEqual(part.bytes.subarray(offset, end), bytes)) return
    part.bytes.set(bytes.subarray(0, end - offset), offset)
    this.isChanged = true
  }
}

/** As many as readv(2) takes. */
const MOST_ITEMS = 1024

interface Part extends TracedBytes {
  bytes: Uint8Array
}

function listOf(shown: unknown): readonly Part[] {
  return [shown].flat().filter((it): it is Part => typeof it === 'object' && it !== null && 'bytes' in it)
}

function listOfLive(arg: unknown): readonly Uint8Array[] {
  return [arg]
    .flat()
    .slice(0, MOST_ITEMS)
    .filter((it): it is Uint8Array => it instanceof Uint8Array)
}

function isEqual(some: Uint8Array, others: Uint8Array): boolean {
  return some.every((byte, i) => byte === others[i])
}
