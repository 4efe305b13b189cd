import { invalid } from '../../errors/check.js'
import { HandleError } from '../../errors/handle-error.js'
import { MemoryAccount } from './accounts.js'
import { expectThread } from './attach-memory.js'
import { ATTACHED, FREE, HEADER_WORDS, T_LIFELINE, T_ACCOUNT, T_LIFELINE_QUEUE, T_STATE, THREAD_WORDS } from '../words/layout.js'
import { HELD, requestLifeline, WANTED } from './lifeline.js'
import { isLockBusy } from '../words/lock-busy.js'
import { SharedMemory } from './memory.js'
import { cleanUp } from './repair.js'
import { expectedState, turnOf } from '../words/turn.js'

/** A `Worker` of node:worker_threads: the members used here. */
export interface NodeWorker {
  readonly threadId: number
  once(event: 'exit', listener: () => void): unknown
}

/** A `Worker` of a page: the members used here. */
export interface WebWorker {
  addEventListener(event: 'error', listener: () => void): void
}

/** A worker that this thread cleans up after. */
export interface AdmittedWorker {
  /** The number reserved for the worker, for `share(table, thread)` and `memoryToken(memory, thread)`. */
  readonly thread: number
  /**
   * Fulfils when the worker has ended and has been cleaned up after: its handles are closed, its locks are open, its number
   * is free. Never rejects.
   */
  readonly cleaned: Promise<void>
  /**
   * Call it right after terminating the worker. Until the end of the worker is reported, this thread then does not wait
   * for locks that it holds. In a page, a worker may end before it could take the lock that reports its end.
   */
  terminated(): void
  /**
   * Charges what the worker takes of the memory from now on to an account, which limits it. Call it before the token is
   * posted to limit the worker from its first step.
   *
   * @throws EINVAL if the account is not of this memory; EBADF if it is closed
   */
  charge(account: MemoryAccount): void
}

/** How soon to try again, in ms, while a lock is held by another dead worker, whose own end is told of soon. */
const AGAIN_MS = 5

/**
 * Reserves a number in a memory for a worker that this thread has just started, and cleans up after it when it has
 * ended, whatever the reason: `terminate()`, an uncaught error, `process.exit()` in it, a module that does not load.
 * Call it before the token is posted to the worker.
 *
 * Only the thread that starts a worker learns of its end, and only between its own work: while it blocks in a call, it
 * cleans up after no worker, and neither does it once it has left the memory or died.
 *
 * @throws EINVAL if `worker` is not a worker; ESRCH if it has ended; EBADF if this thread has left the memory; EAGAIN if
 *   as many threads have attached or are expected as the memory can have
 */
export function admitWorker(memory: SharedMemory, worker: NodeWorker | WebWorker): AdmittedWorker {
  const syscall = 'admitWorker'
  if (!(memory instanceof SharedMemory)) throw invalid('memory', 'what createSharedMemory() gives', memory, syscall)
  memory.checkAttached(syscall)
  const given = worker as Partial<NodeWorker & WebWorker> | null | undefined
  const isNode = typeof given?.once === 'function'
  if (!isNode && typeof given?.addEventListener !== 'function') throw invalid('worker', 'a Worker', worker, syscall)
  if (isNode && given.threadId === -1) throw new HandleError('ESRCH', { text: 'the worker has ended', syscall })
  const thread = expectThread(memory)
  const turn = turnOf(memory.words, thread)
  let watched: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    if (isNode) (worker as NodeWorker).once('exit', resolve)
    else watched = watchPage(memory, thread, worker as WebWorker, resolve)
  })
  const terminated = () => {
    if (
      turnOf(memory.words, thread) === turn &&
      Atomics.load(memory.words, HEADER_WORDS + thread * THREAD_WORDS + T_STATE) === ATTACHED
    ) {
      memory.ending.add(thread)
    }
    watched()
  }
  const charge = (account: MemoryAccount) => {
    if (!(account instanceof MemoryAccount) || account.memory !== memory)
      throw invalid('account', 'one of this memory', account, syscall)
    if (!account.isOpen) throw new HandleError('EBADF', { text: 'the account is closed', syscall: 'charge' })
    if (turnOf(memory.words, thread) === turn) memory.words[HEADER_WORDS + thread * THREAD_WORDS + T_ACCOUNT] = account.number
  }
  return { thread, cleaned: ended.then(() => cleanUpInTime(memory, thread, turn)), terminated, charge }
}

/** Cleans up, as soon as no other dead worker's lock is in the way. */
async function cleanUpInTime(memory: SharedMemory, thread: number, turn: number): Promise<void> {
  let isDone = tryToCleanUp(memory, thread, turn)
  while (!isDone) isDone = await inTurn(() => tryToCleanUp(memory, thread, turn))
}

/** Whether there is nothing left to be done: else another dead worker's lock is in the way. */
function tryToCleanUp(memory: SharedMemory, thread: number, turn: number): boolean {
  // One that left before it ended has cleaned up itself, and its number may be another one's.
  if (!memory.attached || turnOf(memory.words, thread) !== turn) return true
  try {
    cleanUp(memory, thread)
    return true
  } catch (error) {
    if (!isLockBusy(error)) throw error
    return false
  }
}

let lastTry: Promise<unknown> = Promise.resolve()

/**
 * Tries again after a moment, and after all that asked before. A try may block for longer than that moment: the timers
 * of two would always be due, and Node, which runs all that are before it looks at anything else, would never tell of
 * the exit that both wait for.
 */
function inTurn(attempt: () => boolean): Promise<boolean> {
  const result = lastTry.then(async () => {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    return attempt()
  })
  lastTry = result.catch(() => undefined)
  return result
}

/**
 * A page is told nothing of a worker's end. So the worker takes a Web Lock that it holds for life, and says so;
 * from then on this thread waits for the same lock, and gets it when the worker is no more.
 */
function watchPage(memory: SharedMemory, thread: number, worker: WebWorker, ended: () => void): () => void {
  const { words } = memory
  const at = HEADER_WORDS + thread * THREAD_WORDS
  const turn = turnOf(words, thread)
  const expected = expectedState(words, thread)
  const waitForLock = () => {
    stopListening()
    void requestLifeline(words, thread, turn, ended)
  }
  const stopListening = memory.waits.listen(at + T_LIFELINE_QUEUE, () => {
    if (Atomics.load(words, at + T_LIFELINE) === HELD) waitForLock()
  })
  const gaveUp = () => {
    // An error in a worker that has attached need not end it.
    if (Atomics.compareExchange(words, at + T_STATE, expected, FREE) !== expected) return false
    stopListening()
    ended()
    return true
  }
  Atomics.store(words, at + T_LIFELINE, WANTED)
  worker.addEventListener('error', gaveUp)
  return () => {
    // A thread that has attached holds the lock, or has asked for it in the same go: it is before this thread in the lock's queue.
    if (!gaveUp() && Atomics.load(words, at + T_STATE) === ATTACHED) waitForLock()
  }
}
