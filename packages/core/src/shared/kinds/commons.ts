import { checkInteger } from '../../errors/check.js'
import { damaged, isPage } from '../words/damage.js'
import { PAGE_WORDS } from '../words/layout.js'
import { isLockBusy } from '../words/lock-busy.js'
import { free, ownership } from '../words/pages.js'
import { pause } from '../words/pause.js'
import { detachPages } from '../ring/ring-end.js'
import { SharedRing } from '../ring/ring.js'
import { holdersOf } from '../objects/holders.js'
import type { MemoryView, SharedHooks } from '../../kind/shared-hooks.js'
import type { Words } from '../words/words.js'

/*
 * What several open objects have in common: a pipe, of its two ends. It is a run of pages that begins with the words
 * below, and goes on with the kind's own. The objects are the *ends* of it; the last one to be released frees the pages.
 *
 * Each end has a part in the pages while its stage is CONNECTED. It goes from there in one atomic step, which also says
 * whether it was the last, with a plain store of the next stage right behind it: no death comes between the two. So the
 * pages are freed once, and no end that is off them touches them, in whichever thread its release is run again.
 */

/** Which ends are off, or not there yet: a bit for each; and those bits shifted by LEFT, of ends that were without a holder at some time. */
const OFF = 0
const LEFT = 16
/** The addresses of the own words of the ends. Written before the end counts as there. */
const ENDS = 1
/** Where the kind's words begin, on a cache line of their own. */
const KINDS_WORDS = 32

const MOST_ENDS = 16
/** 4 MiB: more belongs into pages that are taken as they are needed. */
const MOST_WORDS = 2 ** 20

/* ── The own words of an end ── */
/** The address of the pages. */
export const END_PAGES = 0
export const END_NUMBER = 1
/** What its release has to do: one of the three below. */
const END_STAGE = 2

/** Nothing: it is not connected yet, or its release is over but for the record. The pages may be somebody else's. */
const DETACHED = 0
/** It is to be taken off the pages. */
const CONNECTED = 1
/** It was the last end: the pages are to be freed. */
const LAST = 2

/** What stands in the pages that the objects of a kind have in common. */
export interface CommonsLayout {
  /** How many ends there are: 1 to 16. They are numbered from 0. */
  readonly ends: number
  /** How many words the kind has, zeros at first, 0 to 2^20. They begin where a cache line does. */
  readonly words: number
  /** Where rings begin among these words (`SharedRing`). Their pages are freed with the others. */
  readonly rings?: readonly number[]
}

/** How a kind whose objects are ends of {@link Commons} lives in shared memory. Made by {@link inCommons}. */
export interface CommonsHooks<S> extends SharedHooks<S> {
  readonly commons: CommonsLayout
}

/** A method, so that a function may ask for the `SharedMemory` that it is given in fact (`MemoryView`). */
interface AttachEnd<S> {
  attach(memory: MemoryView, end: CommonsEnd): S
}

/**
 * How the objects of a kind live in shared memory that are ends of something, for `shared` in `defineKind`. `openEnds`
 * makes them, and the kind's `release` hook has to call {@link CommonsEnd.release}.
 *
 * @throws EINVAL for a layout that cannot be
 * @param attach - Makes this thread's state for an end, and does nothing else. The memory is the `SharedMemory`.
 * @example
 * const LAYOUT = { ends: 2, words: SharedRing.words, rings: [0] }
 * const tubeKind = defineKind<TubeEnd>({
 *   name: 'acme-tube',
 *   shared: inCommons(LAYOUT, (memory: SharedMemory, end) => new TubeEnd(memory, end)),
 *   dropHolder: ({ state }) => state.holderLeft(),
 *   release: ({ state }) => state.end.release(() => state.holderLeft()),
 *   capabilities: […],
 * })
 * const createTube = (memory: SharedMemory) => openEnds(memory, tubeKind)
 */
export function inCommons<S>(layout: CommonsLayout, attach: AttachEnd<S>['attach']): CommonsHooks<S> {
  checkLayout(layout)
  return {
    commons: layout,
    attach: (memory: Words, at: number) => attach(memory, new CommonsEnd(memory, layout, at)),
    locks(memory: Words, at) {
      const pages = memory.words[at + END_PAGES]!
      if (memory.words[at + END_STAGE] !== CONNECTED || !isPage(memory, pages)) return []
      return ringsIn(pages, layout).flatMap((ring) => SharedRing.locksAt(ring))
    },
  }
}

/** What several open objects have in common, as one thread sees it. */
export class Commons {
  readonly memory: Words
  /** The address of the kind's words. */
  readonly at: number

  /** @throws EIO where no pages can be */
  constructor(memory: Words, pages: number) {
    if (!isPage(memory, pages)) throw damaged(`no pages begin at ${String(pages)}`)
    this.memory = memory
    this.at = pages + KINDS_WORDS
  }

  /** A number from 1 up, which nothing else in the memory that ends have in common has meanwhile. */
  get id(): number {
    return (this.at - KINDS_WORDS - this.memory.firstPage) / PAGE_WORDS + 1
  }

  /** How many holders an end has: 0 when its object is released. */
  holdersOf(end: number): number {
    const { memory, at } = this
    const own = memory.words[at - KINDS_WORDS + ENDS + end]!
    const holders = own === 0 ? 0 : holdersOf(memory, own)
    // In this order: the record may be another object's only after the end was marked as off.
    return ((Atomics.load(memory.words, at - KINDS_WORDS + OFF) >> end) & 1) !== 0 ? 0 : holders
  }

  /**
   * Whether an end has no holder. Until {@link holderLeft} was told of a last one, its record is not looked at, whose words
   * its own side changes often: this is cheap before each read and write.
   */
  isWithoutHolder(end: number): boolean {
    const bits = Atomics.load(this.memory.words, this.at - KINDS_WORDS + OFF) >> end
    return (bits & (1 | (1 << LEFT))) !== 0 && this.holdersOf(end) === 0
  }

  /** Takes note that a holder of an end went, for {@link isWithoutHolder}: a kind's `dropHolder` and `release` call it. */
  holderLeft(end: number): void {
    if (this.holdersOf(end) === 0) Atomics.or(this.memory.words, this.at - KINDS_WORDS + OFF, 1 << (LEFT + end))
  }
}

/** One of the objects that have pages in common, as one thread sees it. */
export class CommonsEnd {
  /** Which of the ends it is, from 0 up. */
  readonly number: number
  readonly commons: Commons
  readonly #memory: Words
  readonly #layout: CommonsLayout
  /** The address of its own words. */
  readonly #at: number

  /** @throws EIO for words that cannot be */
  constructor(memory: Words, layout: CommonsLayout, at: number) {
    this.number = memory.words[at + END_NUMBER]!
    if (this.number < 0 || this.number >= layout.ends)
      throw damaged(`an object is end ${String(this.number)} of ${String(layout.ends)}`)
    this.commons = new Commons(memory, memory.words[at + END_PAGES]!)
    this.#memory = memory
    this.#layout = layout
    this.#at = at
  }

  /**
   * Takes the end off the pages, and frees them after the last one: what the kind's `release` hook has to do. Where that is
   * run again, since its thread died half way, this goes on from where it was.
   *
   * @param leave - Does what has to be done while the pages are there, such as telling the other ends. It has to be
   *   possible twice, and is called no more once the end is off. An error of it is thrown when the end is off.
   */
  release(leave?: () => void): void {
    const memory = this.#memory
    const { words } = memory
    const stage = this.#at + END_STAGE
    if (words[stage] === CONNECTED) {
      try {
        leave?.()
      } catch (error) {
        // The hook is called again, and leaves then.
        if (isLockBusy(error)) throw error
        this.#takeOff(stage)
        throw error
      }
      PAUSE: pause('commons: end has left')
      this.#takeOff(stage)
    } else if (words[stage] === LAST) this.#free(stage)
  }

  #takeOff(stage: number): void {
    const { words } = this.#memory
    const pages = words[this.#at + END_PAGES]!
    const bit = 1 << this.number
    const all = (1 << this.#layout.ends) - 1
    const off = Atomics.or(words, pages + OFF, bit) | bit
    words[stage] = (off & all) === all ? LAST : DETACHED
    PAUSE: pause('commons: end taken off')
    if (words[stage] === LAST) this.#free(stage)
  }

  /** Each run is this thread's, or still the commons', at any time: the death of this thread frees it, or a second release. */
  #free(stage: number): void {
    const memory = this.#memory
    const { words } = memory
    const pages = words[this.#at + END_PAGES]!
    const runs: number[] = []
    const { rings = [] } = this.#layout
    for (const ring of rings) runs.push(detachPages(memory, pages + KINDS_WORDS + ring))
    runs.push(pages)
    const run = ownership(memory, pages)
    words[run.word] = run.mine
    words[stage] = DETACHED
    PAUSE: pause('commons: pages to be freed')
    for (const each of runs) {
      if (each !== 0) free(memory, each)
      PAUSE: pause('commons: run freed')
    }
  }
}

/** How many bytes the pages of a layout have. */
export function bytesOfCommons({ words }: CommonsLayout): number {
  return (KINDS_WORDS + words) * 4
}

/** Has all ends of new pages count as not there. */
export function beginCommons({ words }: Words, pages: number, { ends }: CommonsLayout): void {
  words[pages + OFF] = (1 << ends) - 1
}

/** Gives an end whose own words are at an address a part in its pages. */
export function connectEnd({ words }: Words, at: number): void {
  const pages = words[at + END_PAGES]!
  const number = words[at + END_NUMBER]!
  words[pages + ENDS + number] = at
  Atomics.and(words, pages + OFF, ~(1 << number))
  words[at + END_STAGE] = CONNECTED
}

/** The addresses of the rings in pages. */
export function ringsIn(pages: number, { rings = [] }: CommonsLayout): readonly number[] {
  return rings.map((ring) => pages + KINDS_WORDS + ring)
}

function checkLayout(layout: CommonsLayout): void {
  checkInteger(layout.ends, 'layout.ends', 1, MOST_ENDS, 'inCommons')
  checkInteger(layout.words, 'layout.words', 0, MOST_WORDS, 'inCommons')
  for (const ring of layout.rings ?? []) checkInteger(ring, 'layout.rings', 0, layout.words - SharedRing.words, 'inCommons')
}
