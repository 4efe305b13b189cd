import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import {
  H_PAGES_USED,
  H_RECORDS_USED,
  R_OWN,
  T_HAZARDS,
  T_LOCKS,
  HAZARDS,
  HEADER_WORDS,
  LOCKS,
  THREAD_WORDS,
} from '../../src/shared/words/layout.js'
import {
  allocate,
  createSharedMemory,
  createSharedTable,
  memoryToken,
  openShared,
  own,
  share,
  type SharedMemory,
} from '../../src/shared/index.js'
import { SharedObject } from '../../src/shared/objects/shared-object.js'
import { countReleases, readerKind, writerKind } from './channel.js'
import {
  ATTACH,
  BEGAN,
  CHOICES,
  CLOCK,
  ENDED,
  FAULT,
  GIVEN,
  LEAVE,
  MOST_OBJECTS,
  MOST_OPERATIONS,
  MOST_THREADS,
  PARTNERS,
  ORDER,
  PROGRAM,
  RELEASED,
  RESULT,
  RUN,
  RUNNABLE,
  STATUS,
  SWITCHES,
  TABLE,
  TABLE_ID,
  THREADS,
} from './control.js'
import { makeControl, traceOf, Walk, type Exploration } from './explore.js'
import { isExplained, type Event, type Model } from './model.js'
import { make } from './operations.js'
import { kinds, runThread, type PartnerData } from './partner.js'
import { CAPACITY, programNamed, programs, type Program } from './programs.js'
import { accessOf } from './rights.js'
import { Turns } from './turns.js'
import { tell } from './witness.js'
import type { HandleTable } from '@ht/core'

const READER = 14
const WRITER = 15
/** The threads of the memory: the one that serves, this one, its partners. */
const ATTACHED_THREADS = 4

/**
 * Walks the interleavings of programs as their first thread, with partners in threads of their own. The thread that
 * serves the memory is this one too, in another role, so that what it does comes where a program says so.
 */
export class Explorer {
  readonly #server = createSharedMemory({ bytes: 2 ** 20, objects: 32, tables: 4, kinds, spins: 0 })
  readonly #memory: SharedMemory
  readonly #control = makeControl()
  readonly #turns: Turns
  readonly #channel: number
  readonly #later: (() => void)[] = []
  #table: HandleTable | undefined

  constructor() {
    this.#memory = joinMemory(this.#server.source, this.#server.words, undefined, { kinds })
    this.#turns = new Turns(this.#control, 0, this.#memory)
    tell(this.#turns)
    countReleases(this.#turns)
    this.#channel = allocate(this.#server, 64, 'test')
    own(this.#server, this.#channel)
    // Who serves looks again after a while. Here that is when the programs are over.
    globalThis.setTimeout = ((later: () => void) => this.#later.push(later)) as unknown as typeof setTimeout
  }

  get forPartners(): PartnerData[] {
    const token = memoryToken(this.#server)
    return [1, 2].map((self) => ({ token, control: this.#control, self }))
  }

  /** Walks the interleavings of a program, at most so many, up to the first that is wrong. */
  walk(name: string, most: number): Exploration {
    const program = programNamed(name)
    this.#awaitPartners()
    const control = this.#control
    control[PROGRAM] = programs.indexOf(program)
    control[THREADS] = program.threads.length
    control[GIVEN] = 0
    const isFresh = program.threads.some((operations) => operations.some(([what]) => what === 'dispose'))
    const walk = new Walk(control, program)
    const outcomes = new Map<string, boolean>()
    const switches = control[SWITCHES]!
    const start = performance.now()
    let runs = 0
    let isMore = true
    let wrong: string | undefined
    if (!isFresh) this.#makeTable(program)
    const before = this.#inUse()
    for (; isMore && wrong === undefined && runs < most; runs++) {
      if (isFresh) this.#makeTable(program)
      wrong = this.#run(program, outcomes)
      if (wrong === undefined) {
        this.#clearTable(program, isFresh)
        wrong = this.#leftBehind(program, before)
      }
      if (wrong !== undefined) wrong = `${wrong}\n${traceOf(control, program)}`
      walk.note()
      isMore = walk.next()
    }
    if (!isFresh && wrong === undefined) this.#endTable(program)
    const ms = performance.now() - start
    return {
      runs,
      outcomes: outcomes.size,
      switches: control[SWITCHES]! - switches,
      isCut: isMore && wrong === undefined,
      wrong,
      ms,
    }
  }

  #run(program: Program, outcomes: Map<string, boolean>): string | undefined {
    const control = this.#control
    control.fill(RUNNABLE, STATUS, STATUS + MOST_THREADS)
    control.fill(0, BEGAN, RELEASED + MOST_OBJECTS)
    control[FAULT] = 0
    control[CHOICES] = 0
    control[CLOCK] = 0
    this.#fill(program)
    control[ORDER] = RUN
    runThread(program, { memory: this.#memory, table: this.#table!, turns: this.#turns, kept: [], server: this.#server })
    if (this.#turns.pass() !== 0) this.#turns.await()
    if (control[FAULT] !== 0) return 'the run was given up'
    this.#settle()
    const threads = program.threads.map((operations, thread) =>
      operations.map((operation, i) => this.#event(thread, i, operation)),
    )
    const final = this.#numbers(program)
    const key = JSON.stringify([final, threads.map((events) => events.map(({ began, ended, result }) => [began, ended, result]))])
    let isFine = outcomes.get(key)
    if (isFine === undefined) {
      isFine = isExplained(modelOf(program), threads, final)
      outcomes.set(key, isFine)
    }
    return isFine ? undefined : `no order of the operations explains what came of them, and leaves ${JSON.stringify(final)}`
  }

  /** Has who serves do what was left to it. */
  #settle(): void {
    this.#server.waits.answerRing()
    for (const later of this.#later.splice(0)) later()
  }

  #event(thread: number, i: number, operation: Event['operation']): Event {
    const control = this.#control
    const at = thread * MOST_OPERATIONS + i
    return { operation, began: control[BEGAN + at]!, ended: control[ENDED + at]!, result: control[RESULT + at]! }
  }

  /** The numbers of the objects that the handles name now; undefined when this thread's owner has gone. */
  #numbers(program: Program): number[] | undefined {
    if (program.threads[0]!.some(([what]) => what === 'dispose')) return undefined
    const numbers: number[] = []
    for (let handle = 0; handle < CAPACITY; handle++) {
      const open = this.#table!.borrow(handle)
      numbers.push(open instanceof SharedObject ? this.#memory.words[open.record + R_OWN]! : 0)
      open?.endBorrow()
    }
    return numbers
  }

  #makeTable({ limit = CAPACITY, threads }: Program): void {
    this.#table = createSharedTable(this.#memory, { capacity: CAPACITY, limit })
    const { table, tableId } = share(this.#table)
    this.#control[TABLE] = table
    this.#control[TABLE_ID] = tableId
    this.#order(ATTACH, threads.length)
  }

  #endTable({ threads }: Program): void {
    this.#order(LEAVE, threads.length)
    this.#table!.dispose()
  }

  #order(order: number, threads: number): void {
    for (let thread = 1; thread < threads; thread++) {
      this.#control[ORDER] = order
      this.#turns.give(thread)
      this.#turns.await()
    }
  }

  /** Opens what is open when the program begins. */
  #fill({ open, channel }: Program): void {
    const table = this.#table!
    open.forEach((number, handle) => {
      const first = open.indexOf(number)
      if (number === 0) return
      if (first < handle) table.dup2(first, handle)
      else table.replace(handle, make(this.#memory, number))
    })
    if (channel === undefined) return
    this.#memory.words.fill(0, this.#channel, this.#channel + 4)
    table.replace(channel[0], openShared(this.#memory, readerKind, { own: [READER, this.#channel] }))
    table.replace(channel[1], openShared(this.#memory, writerKind, { own: [WRITER, this.#channel] }))
  }

  #clearTable(program: Program, isFresh: boolean): void {
    if (isFresh) this.#endTable(program)
    else this.#table!.closeAll()
    this.#settle()
  }

  /** What is left of a run that should have left nothing. */
  #leftBehind({ open, channel, threads }: Program, before: string): string | undefined {
    const made = new Set(open)
    made.delete(0)
    for (const number of channel === undefined ? [] : [READER, WRITER]) made.add(number)
    for (const [what, first, second] of threads.flat()) {
      if (what === 'insert' || what === 'insertAll') made.add(first)
      if (what === 'insertAll' || what === 'replace') made.add(second)
    }
    for (const number of made) {
      const released = this.#control[RELEASED + number]!
      if (released !== 1) return `object ${number} was released ${released} times`
    }
    const after = this.#inUse()
    return after === before ? undefined : `in use were ${before}, and are ${after}`
  }

  /** What of the memory is in use, in words that can be compared. */
  #inUse(): string {
    const { words, heldAt, thread, objects } = this.#memory
    let held = 0
    for (let i = -thread; i < ATTACHED_THREADS - thread; i++) {
      for (let index = 0; index < objects; index++) if (words[heldAt + i * objects + index] !== 0) held++
    }
    let own = 0
    for (let i = 0; i < ATTACHED_THREADS; i++) {
      const at = HEADER_WORDS + i * THREAD_WORDS
      for (let word = 0; word < HAZARDS; word++) if (words[at + T_HAZARDS + word] !== 0) own++
      for (let word = 0; word < LOCKS; word++) if (words[at + T_LOCKS + word] !== 0) own++
    }
    const deferred = this.#memory.deferred.length + this.#server.deferred.length
    return `${words[H_RECORDS_USED]!} records, ${words[H_PAGES_USED]!} pages, ${held} counts, ${own} hazards and locks, ${deferred} put off`
  }

  #awaitPartners(): void {
    const control = this.#control
    for (;;) {
      const partners = Atomics.load(control, PARTNERS)
      if (partners === MOST_THREADS - 1) return
      Atomics.wait(control, PARTNERS, partners)
    }
  }
}

function modelOf({ open, limit = CAPACITY, channel, threads }: Program): Model {
  const slots = Array.from({ length: CAPACITY }, (_, handle) => open[handle] ?? 0)
  if (channel !== undefined) {
    slots[channel[0]] = READER
    slots[channel[1]] = WRITER
  }
  const gone = threads.map(() => false)
  return {
    slots,
    bits: slots.map(accessOf),
    limit,
    owners: threads.length,
    gone,
    kept: threads.map(() => []),
    writer: WRITER,
    unread: 0,
  }
}
