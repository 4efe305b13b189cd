import { checkInteger, invalid } from '../../errors/check.js'
import { HandleError } from '../../errors/handle-error.js'
import { toRegistry, type Kinds } from '../../kind/registry.js'
import {
  ACCOUNT_WORDS,
  ATTACHED,
  DEFAULT_THREADS,
  H_ACCOUNTS,
  H_ATTENTION,
  H_CORES,
  H_DIRECTORY,
  H_FIRST_PAGE,
  H_FREE_RECORD,
  H_HELD,
  H_HELD_OPERATIONS,
  H_ID,
  H_MAGIC,
  H_NAME_WORDS,
  H_NAMES,
  H_OBJECTS,
  H_PAGES,
  H_PAYERS,
  H_RECORDS,
  H_RUNS,
  H_SERVER,
  H_TABLES,
  H_THREAD_LIMIT,
  H_THREADS,
  H_VERSION,
  HEADER_WORDS,
  LAYOUT_VERSION,
  MAGIC,
  MOST_THREADS,
  PAGE_WORDS,
  R_NEXT,
  RECORD_WORDS,
  THREAD_WORDS,
} from '../words/layout.js'
import { SharedMemory } from './memory.js'
import { startServing } from './repair.js'
import type { SharedBytes } from '../words/words.js'

/** Options of {@link createSharedMemory}. */
export interface SharedMemoryOptions {
  /**
   * The size in bytes, 1 MiB to 2 GiB, rounded up to whole pages of 64 KiB. Defaults to 64 MiB. Untouched pages cost only
   * address space.
   */
  readonly bytes?: number
  /** The most open objects at once: 16 to 65,536. Defaults to 8192. */
  readonly objects?: number
  /** The most tables at once: 1 to 65,536. Defaults to 1024. */
  readonly tables?: number
  /**
   * The most threads at once, including the one that makes the memory: 2 to 4094. Defaults to 64. Each takes
   * 1088 bytes of the memory, 8 bytes for each of `objects`, and 4 bytes in each table.
   */
  readonly threads?: number
  /** The kinds whose objects this thread can use and release. It serves the other threads, so give it all kinds. */
  readonly kinds?: Kinds
  /** How often a blocking call looks again before its thread sleeps; 0 for never. Defaults to 2000. */
  readonly spins?: number
}

const NAME_WORDS = 16 * 1024
const HIGHEST_BYTES = 2 ** 31
/** The page of a `WebAssembly.Memory`. */
const GRAIN = 65_536

/**
 * Makes a memory for tables that threads share. This thread serves the others: it releases objects that they cannot
 * release, and repairs what dead threads leave behind.
 *
 * @throws ENOTSUP in a page that is not isolated, which has no shared memory; EINVAL for an option out of range; ENOMEM
 *   if `bytes` is too small for the other options, or the machine has no more memory
 */
export function createSharedMemory(options: SharedMemoryOptions = {}): SharedMemory {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalid('options', 'an object', options, 'createSharedMemory')
  }
  const { bytes = 64 * 1024 * 1024, objects = 8192, tables = 1024, threads = DEFAULT_THREADS, kinds, spins } = options
  checkInteger(bytes, 'options.bytes', 2 ** 20, HIGHEST_BYTES, 'createSharedMemory')
  checkInteger(objects, 'options.objects', 16, 65_536, 'createSharedMemory')
  checkInteger(tables, 'options.tables', 1, 65_536, 'createSharedMemory')
  checkInteger(threads, 'options.threads', 2, MOST_THREADS, 'createSharedMemory')
  if (spins !== undefined) checkInteger(spins, 'options.spins', 0, 1_000_000_000, 'createSharedMemory')
  const registry = kinds === undefined ? undefined : toRegistry(kinds)
  const source = makeBytes(Math.ceil(bytes / GRAIN) * GRAIN)
  const words = wordsOf(source)
  format(words, objects, tables, threads)
  const memory = new SharedMemory(source, words, 0, registry)
  if (spins !== undefined) memory.spins = spins
  // Their names are there then, however many others come to be.
  for (const kind of registry?.kinds() ?? []) if (kind.shared !== undefined) memory.bindings.numberOf(kind)
  startServing(memory)
  return memory
}

/** The words of what was posted. */
export function wordsOf(source: SharedBytes): Int32Array {
  return new Int32Array(source instanceof SharedArrayBuffer ? source : source.buffer)
}

/** @throws ENOTSUP that says what a page needs */
export function checkIsolated(syscall: string): void {
  if (typeof SharedArrayBuffer !== 'undefined') return
  const text =
    'there is no SharedArrayBuffer: a page has it when it is served with the headers ' +
    'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
  throw new HandleError('ENOTSUP', { text, syscall })
}

function makeBytes(bytes: number): SharedBytes {
  checkIsolated('createSharedMemory')
  try {
    return typeof WebAssembly === 'undefined'
      ? new SharedArrayBuffer(bytes)
      : new WebAssembly.Memory({ initial: bytes / GRAIN, maximum: bytes / GRAIN, shared: true })
  } catch (cause) {
    throw new HandleError('ENOMEM', {
      text: `no ${String(bytes)} bytes of shared memory to be had`,
      syscall: 'createSharedMemory',
      cause,
    })
  }
}

function format(words: Int32Array, objects: number, tables: number, threads: number): void {
  const accounts = HEADER_WORDS + threads * THREAD_WORDS
  const held = accounts + threads * ACCOUNT_WORDS
  const heldOperations = held + threads * objects
  const attention = heldOperations + threads * objects
  // Aligned, since what a slot says of its handle stands in the low bits of the record's address.
  const records = Math.ceil((attention + threads * Math.ceil(objects / 32)) / RECORD_WORDS) * RECORD_WORDS
  const directory = records + objects * RECORD_WORDS
  const names = directory + tables
  const runs = names + NAME_WORDS
  const pages = Math.floor((words.length - runs - PAGE_WORDS) / (PAGE_WORDS + 2))
  const firstPage = Math.ceil((runs + 2 * pages) / PAGE_WORDS) * PAGE_WORDS
  if (pages < 16) {
    const text = `options.bytes must be more for ${String(objects)} objects and ${String(threads)} threads: there would be no room for what they are made of`
    throw new HandleError('ENOMEM', { text, syscall: 'createSharedMemory' })
  }
  words.set(crypto.getRandomValues(new Int32Array(4)), H_ID)
  words[H_OBJECTS] = objects
  words[H_TABLES] = tables
  words[H_PAGES] = pages
  words[H_HELD] = held
  words[H_HELD_OPERATIONS] = heldOperations
  words[H_ATTENTION] = attention
  words[H_RECORDS] = records
  words[H_DIRECTORY] = directory
  words[H_NAMES] = names
  words[H_NAME_WORDS] = NAME_WORDS
  words[H_ACCOUNTS] = accounts
  words[H_RUNS] = runs
  words[H_PAYERS] = runs + pages
  words[H_FIRST_PAGE] = firstPage
  words[H_SERVER] = 0
  words[H_CORES] = cores()
  words[H_THREAD_LIMIT] = threads
  words[H_THREADS] = 1
  for (let i = 0; i < objects; i++)
    words[records + i * RECORD_WORDS + R_NEXT] = i + 1 < objects ? records + (i + 1) * RECORD_WORDS : 0
  words[H_FREE_RECORD] = records
  words[HEADER_WORDS] = ATTACHED
  words[H_VERSION] = LAYOUT_VERSION
  words[H_MAGIC] = MAGIC
}

/** How many threads may run at once: Node tells it by a module, which is there without being imported. */
function cores(): number {
  const { process, navigator } = globalThis as {
    process?: { getBuiltinModule?(name: string): { availableParallelism(): number } }
    navigator?: { hardwareConcurrency?: number }
  }
  return navigator?.hardwareConcurrency ?? process?.getBuiltinModule?.('os').availableParallelism() ?? 2
}
