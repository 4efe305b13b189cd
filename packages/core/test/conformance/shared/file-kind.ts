import {
  APPEND,
  defineKind,
  errnoOf,
  FileOps,
  implement,
  SEEK_CUR,
  SEEK_SET,
  S_IFREG,
  StreamOps,
  writeStat,
  type Kind,
  type OpenObject,
} from '@ht/core'
import { acquire, allocate, free, openShared, own, release, type SharedMemory } from '@ht/core/shared'
import type { Given } from './faults.js'

/* A file of at most a page in shared memory. One rule at a time can be broken. */

/* Words of the page. */
const LOCK = 0
const OFFSET = 1
const LENGTH = 2
/** How many threads have come between the two steps of a write. */
const BETWEEN = 3
const BYTES = 16

const ROOM = 8192

const EINVAL = errnoOf('EINVAL')
const ENOSPC = errnoOf('ENOSPC')

interface File {
  readonly memory: SharedMemory
  readonly at: number
  readonly page: number
  /** Of a kind that keeps what it should share. */
  readonly private: { offset: number; length: number; status?: number }
}

/** The kind, with one fault or none. */
export function fileKindWith({ fault, held }: Given): Kind<File> {
  const shares = { offset: fault !== 'offset of its own in each thread', length: fault !== 'length of its own in each thread' }
  const get = ({ memory, page, private: mine }: File, what: 'offset' | 'length') =>
    shares[what] ? memory.words[page + (what === 'offset' ? OFFSET : LENGTH)]! : mine[what]
  const set = ({ memory, page, private: mine }: File, what: 'offset' | 'length', value: number) => {
    if (shares[what]) memory.words[page + (what === 'offset' ? OFFSET : LENGTH)] = value
    else mine[what] = value
  }
  const locked = (file: File, f: () => number) => {
    acquire(file.memory, file.page + LOCK)
    const answer = f()
    release(file.memory, file.page + LOCK)
    return answer
  }
  const statusOf = (object: OpenObject<File>) => {
    if (fault !== 'flags as they were at first') return object.status
    return (object.state.private.status ??= object.status)
  }
  return defineKind<File>({
    name: 'test-file',
    shared: {
      attach: (memory: SharedMemory, at) => ({ memory, at, page: memory.words[at]!, private: { offset: 0, length: 0 } }),
      locks: ({ words }, at) => (words[at] === 0 ? [] : [words[at]! + LOCK]),
    },
    capabilities: [
      implement(StreamOps, {
        read: ({ state }, buffer) =>
          locked(state, () => {
            const offset = get(state, 'offset')
            const count = Math.max(0, Math.min(buffer.length, get(state, 'length') - offset))
            for (let i = 0; i < count; i++) buffer[i] = state.memory.bytes[(state.page + BYTES) * 4 + offset + i]!
            set(state, 'offset', offset + count)
            return count
          }),
        write: (object, bytes) =>
          locked(object.state, () => {
            const { state } = object
            const offset = (statusOf(object) & APPEND) !== 0 ? get(state, 'length') : get(state, 'offset')
            if (offset + bytes.length > ROOM) return -ENOSPC
            state.memory.bytes.set(bytes, (state.page + BYTES) * 4 + offset)
            if (fault === 'offset moved in two steps') {
              // Gives the lock up between looking at the offset and moving it, and the other thread is there too.
              release(state.memory, state.page + LOCK)
              meet(state)
              acquire(state.memory, state.page + LOCK)
            }
            set(state, 'offset', offset + bytes.length)
            set(state, 'length', Math.max(get(state, 'length'), offset + bytes.length))
            return bytes.length
          }),
      }),
      implement(FileOps, {
        seek: ({ state }, offset, origin) =>
          locked(state, () => {
            if (![SEEK_SET, SEEK_CUR].includes(origin)) return -EINVAL
            set(state, 'offset', offset + (origin === SEEK_CUR ? get(state, 'offset') : 0))
            return get(state, 'offset')
          }),
        truncate({ state }, length) {
          set(state, 'length', length)
          return 0
        },
        stat: ({ state }, out) => writeStat(out, { ...NOTHING, mode: S_IFREG, size: get(state, 'length') }),
      }),
    ],
    release({ state: { memory, at, page } }) {
      Atomics.sub(held, 0, 1)
      memory.words[at] = 0
      free(memory, page)
    },
  })
}

/** A new, empty file. */
export function createFile(memory: SharedMemory, kind: Kind<File>, { held }: Given) {
  const page = allocate(memory, 4 * BYTES + ROOM, 'createFile')
  const file = openShared(memory, kind, { own: [page] })
  own(memory, page)
  Atomics.add(held, 0, 1)
  return file
}

/** Waits for the second thread, once. */
function meet({ memory: { words }, page }: File): void {
  if (Atomics.add(words, page + BETWEEN, 1) === 0) Atomics.wait(words, page + BETWEEN, 1, 60_000)
  else Atomics.notify(words, page + BETWEEN)
}

const NOTHING = {
  dev: 0,
  ino: 0,
  nlink: 1,
  uid: 0,
  gid: 0,
  rdev: 0,
  blksize: 512,
  blocks: 0,
  atimeMs: 0,
  mtimeMs: 0,
  ctimeMs: 0,
  birthtimeMs: 0,
}
