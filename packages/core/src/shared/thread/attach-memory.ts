import { checkInteger, invalid } from '../../errors/check.js'
import { HandleError } from '../../errors/handle-error.js'
import { ignoringErrors } from '../../object/open-object.js'
import { leaveNow } from '../../table/owners.js'
import { toRegistry, type Kinds } from '../../kind/registry.js'
import { checkIsolated, wordsOf } from './create-memory.js'
import {
  ATTACHED,
  EXPECTED,
  FREE,
  H_MAGIC,
  H_SERVER,
  H_THREADS,
  H_VERSION,
  HEADER_WORDS,
  LAYOUT_VERSION,
  MAGIC,
  H_THREAD_LIMIT,
  T_STATE,
  T_TURN,
  THREAD_WORDS,
} from '../words/layout.js'
import { holdLifeline, takeLifeline } from './lifeline.js'
import { memoryId, type SharedBytes } from '../words/words.js'
import { SharedMemory } from './memory.js'
import { cleanUp, startServing } from './repair.js'
import { resetThread } from './reset-thread.js'
import { expectedState, isExpected, threadsOf, turnOf } from '../words/turn.js'

/** A token to post to another thread, so that it can attach to a memory. It owns nothing. */
export interface MemoryToken {
  readonly type: 'ht memory'
  readonly version: number
  /** Tells the memory from others. */
  readonly id: string
  readonly bytes: SharedBytes
  /** The number for the thread that attaches. If undefined, any. */
  readonly thread: number | undefined
  /** Which of those that get this number, one after the other, if it was expected when the token was made. */
  readonly turn: number | undefined
}

/** Options of {@link attachMemory}. */
export interface AttachOptions {
  /** The kinds of objects that live in the memory and that this thread uses. Objects at home in another thread need no kind. */
  readonly kinds?: Kinds
}

/** The memories that this thread has attached to, by what they are: one that is posted twice arrives as two objects. */
const attachments = new Map<string, SharedMemory>()

/** Makes a token of a memory, to post to another thread. */
export function memoryToken(memory: SharedMemory, thread?: number): MemoryToken {
  if (thread !== undefined) checkInteger(thread, 'thread', 0, memory.threadLimit - 1, 'memoryToken')
  const id = memoryId(memory.words)
  if (!attachments.has(id)) attachments.set(id, memory)
  const turn = thread !== undefined && isExpected(memory.words, thread) ? turnOf(memory.words, thread) : undefined
  return { type: 'ht memory', version: LAYOUT_VERSION, id, bytes: memory.source, thread, turn }
}

/**
 * Takes the lock that tells of this worker's end. A page's worker that was admitted (`admitWorker`) should await it before
 * `attach` or `attachMemory`. Otherwise the worker asks for the lock when it attaches; if it is terminated at that moment,
 * it is cleaned up while it may still take a step. Elsewhere this does nothing.
 *
 * @throws as `attachMemory` if `token` is not a token
 */
export async function prepareToAttach(token: MemoryToken): Promise<void> {
  const words = checkToken(token, 'attach')
  const { thread, turn } = token
  if (thread !== undefined) await takeLifeline(words, thread, turn ?? turnOf(words, thread))
}

/**
 * Attaches this thread to a memory. A thread attaches once: a second token of the same memory returns the same result.
 *
 * @throws EINVAL if `token` is not a token, is of another layout or another memory, or its thread is no longer expected;
 *   ENOTSUP in a page that is not isolated; EAGAIN if as many threads have attached as the memory can have
 */
export function attachMemory(token: MemoryToken, options: AttachOptions = {}): SharedMemory {
  const syscall = 'attach'
  checkIsolated(syscall)
  if (typeof options !== 'object' || (options as unknown) === null) throw invalid('options', 'an object', options, syscall)
  const words = checkToken(token, syscall)
  const known = attachments.get(token.id)
  if (known?.attached === true) return known
  const memory = joinMemory(token.bytes, words, token.thread, options, token.turn)
  attachments.set(token.id, memory)
  return memory
}

/** Attaches as one more thread, though it may be the same one of the machine's. @internal */
export function joinMemory(
  source: SharedBytes,
  words: Int32Array,
  expected: number | undefined,
  { kinds }: AttachOptions,
  turn?: number,
): SharedMemory {
  const registry = kinds === undefined ? undefined : toRegistry(kinds)
  const thread = takeNumber(words, expected, turn)
  const memory = new SharedMemory(source, words, thread, registry)
  startServing(memory)
  void holdLifeline(memory)
  return memory
}

/** Reserves a number for a thread that is being started. @throws EAGAIN */
export function expectThread(memory: SharedMemory): number {
  return take(memory.words, EXPECTED)
}

/**
 * Leaves a memory: disposes of this thread's owners of tables and releases its references. Objects whose home is this
 * thread are gone. Leaving twice does nothing.
 *
 * @throws EAGAIN if another thread that may be ending holds a lock that is needed; call again later
 */
export function leaveMemory(memory: SharedMemory): void {
  if (!memory.attached) return
  for (const slots of [...memory.tables]) {
    while (slots.owners > 0) {
      try {
        leaveNow(slots)
      } catch (error) {
        // Errors of closing are dropped when a thread leaves.
        if (slots.owners > 0) throw error
      }
    }
  }
  // These first: what they hold of other objects is given back by them, and everything else behind them.
  for (const homed of [...memory.homed.values()])
    ignoringErrors(() => {
      homed.leaveMemory()
    }, homed)
  memory.later.finish()
  handOverServing(memory)
  cleanUp(memory, memory.thread)
  memory.attached = false
  memory.later.end()
  memory.waits.stop()
  const id = memoryId(memory.words)
  if (attachments.get(id) === memory) attachments.delete(id)
}

/** Has another thread serve, if this one does. Without another, the next one that attaches is given its number. */
function handOverServing(memory: SharedMemory): void {
  const { words, isServer, thread } = memory
  const threads = threadsOf(memory)
  for (let other = 0; isServer && other < threads; other++) {
    if (other === thread || Atomics.load(words, HEADER_WORDS + other * THREAD_WORDS + T_STATE) !== ATTACHED) continue
    Atomics.store(words, H_SERVER, other)
    return
  }
}

function takeNumber(words: Int32Array, expected: number | undefined, turn: number | undefined): number {
  if (expected === undefined) return take(words, ATTACHED)
  const at = HEADER_WORDS + expected * THREAD_WORDS + T_STATE
  const state = expectedState(words, expected, turn)
  if (Atomics.compareExchange(words, at, state, ATTACHED) === state) return expected
  const text = `thread ${String(expected)} is not expected: its token was used, or the thread that expected it gave up`
  throw new HandleError('EINVAL', { text, syscall: 'attach' })
}

function take(words: Int32Array, state: number): number {
  const limit = words[H_THREAD_LIMIT]!
  for (let thread = 0; thread < limit; thread++) {
    const at = HEADER_WORDS + thread * THREAD_WORDS + T_STATE
    if (Atomics.load(words, at) !== FREE || Atomics.compareExchange(words, at, FREE, state) !== FREE) continue
    resetThread(words, thread)
    words[at - T_STATE + T_TURN] = (words[at - T_STATE + T_TURN]! + 1) | 0
    if (state === EXPECTED) Atomics.store(words, at, expectedState(words, thread))
    for (;;) {
      const threads = Atomics.load(words, H_THREADS)
      if (threads > thread || Atomics.compareExchange(words, H_THREADS, threads, thread + 1) === threads) break
    }
    return thread
  }
  throw new HandleError('EAGAIN', {
    text: `${String(limit)} threads have attached to this memory, which is its limit`,
    syscall: 'attach',
  })
}

function checkToken(token: MemoryToken, syscall: string): Int32Array {
  const given = token as { readonly [K in keyof MemoryToken]?: unknown } | null
  const wrong = (wanted: string) => invalid('token', wanted, token, syscall)
  if (typeof given !== 'object' || given === null || given.type !== 'ht memory')
    throw wrong('what share() or memoryToken() gives')
  if (given.version !== LAYOUT_VERSION) {
    const text = `token is of layout ${String(given.version)}, and this is @ht/core with layout ${String(LAYOUT_VERSION)}`
    throw new HandleError('EINVAL', { text, syscall })
  }
  const { bytes } = given
  const isMemory = typeof WebAssembly !== 'undefined' && bytes instanceof WebAssembly.Memory
  if (!isMemory && !(bytes instanceof SharedArrayBuffer)) throw wrong('one that holds shared memory')
  const words = wordsOf(bytes)
  if (words.length <= HEADER_WORDS || words[H_MAGIC] !== MAGIC) throw wrong('one that holds a memory of createSharedMemory()')
  if (words[H_VERSION] !== LAYOUT_VERSION) {
    const text = `the memory has layout ${String(words[H_VERSION])}, and this is @ht/core with layout ${String(LAYOUT_VERSION)}`
    throw new HandleError('EINVAL', { text, syscall })
  }
  const { thread } = given
  const isNumber = typeof thread === 'number' && Number.isInteger(thread) && thread >= 0 && thread < words[H_THREAD_LIMIT]!
  if (thread !== undefined && !isNumber) throw wrong('one of a thread that is expected')
  if (given.id !== memoryId(words))
    throw new HandleError('EINVAL', { text: 'token is of another memory than the one it holds', syscall })
  return words
}
