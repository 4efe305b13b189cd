import { describe, expect, it } from 'vitest'
import { errnoOf, ERR, HandleTable, HUP, IN, OUT, READABLE, WaitQueue, WRITABLE, type AccessMode, type Kind } from '@ht/core'
import { ConformanceError, testKind, type KindDescription } from '../../src/conformance/index.js'
import { outcomeOf } from './collect.js'
import { describePipe, goodPipe, outside, pipeKindWith, type End, type PipeParts } from './reference-pipe.js'

const EAGAIN = errnoOf('EAGAIN')
const EBADF = errnoOf('EBADF')
const { hooks, pipe, stream } = goodPipe

const good = () => describePipe(pipeKindWith())
const pair = () => good().pair?.() as { reader: never; writer: never }
const withParts = (parts: Partial<PipeParts>, name?: string) => describePipe(pipeKindWith(parts, name))
const withHooks = (broken: Partial<PipeParts['hooks']>) => withParts({ hooks: broken })
const withStream = (broken: PipeParts['stream']) => withParts({ stream: broken })
const withPipe = (broken: PipeParts['pipe']) => withParts({ pipe: broken })
const ready = hooks.ready!
const withReady = (broken: Partial<typeof ready>) => withHooks({ ready: { ...ready, ...broken } })

/** Wakes nobody while `f` runs: what is there to be told is lost. */
function unheard<T>({ shared }: End, f: () => T): T {
  const { changes } = shared
  shared.changes = new WaitQueue()
  try {
    return f()
  } finally {
    shared.changes = changes
  }
}

const deafWrite = () => withStream({ write: (it, bytes) => unheard(it.state, () => stream.write(it, bytes)) })
const deafRead = () => withStream({ read: (it, buffer) => unheard(it.state, () => stream.read(it, buffer)) })
const deafDrop = () =>
  withHooks({
    dropHolder: (it) => {
      unheard(it.state, () => hooks.dropHolder?.(it))
    },
  })
/** Peers are counted by releases, so that references and refused dups count too. */
const peersByRelease = () =>
  withHooks({ cloneForDup: undefined as never, dropHolder: undefined as never, release: (it) => hooks.dropHolder?.(it) })
const readOnlyOnce = () =>
  withHooks({
    cloneForDup() {
      throw new Error('no second holder')
    },
  })

/** Of each rule, something that breaks it. */
const broken: Record<string, () => KindDescription> = {
  'a registry takes the kind, and takes it again': () => ({ ...good(), kind: { ...pipeKindWith() } }),
  "the type is 0, unless the kind is one of core's own family": () => withHooks({ type: 3 }),
  'what is opened is an object of the kind': () => ({ ...good(), kind: pipeKindWith({}, 'acme-other') }),
  'what is opened is live and has one holder, its reference': () => {
    const opened = good()
    const keeper = new HandleTable()
    return {
      ...opened,
      pair() {
        const ends = pair()
        keeper.insert(ends.reader)
        return { ...ends, reader: keeper.get(keeper.openCount() - 1) as never }
      },
    }
  },
  'the metadata that it infers is valid and within the mode of the object': () =>
    withHooks({ inferMetadata: () => ({ accessMode: 'ReadWrite' }) }),
  'introspection gives numbers in range and a text': () => withHooks({ describe: () => 42 as never }),
  'describe gives one short line': () => withHooks({ describe: () => 'two\nlines' }),

  'no method counts more bytes than it was given': () =>
    withStream({ write: (it, bytes) => Math.abs(stream.write(it, bytes)) + bytes.length + 1 }),
  'a read into fewer bytes than there are answers no more than those': () =>
    withStream({
      read: (it, buffer) => (stream.read(it, buffer) > 0 && buffer.length === 1 ? 1_000_000 : stream.read(it, buffer)),
    }),

  'insert, lookup and close: the table takes the reference over, and closing ends the object': () =>
    withHooks({
      release() {
        throw new Error('cannot close')
      },
    }),
  'references delay the release, and the last one brings it': () => withHooks({ release: () => undefined }),
  'an object lent by withObject works until it returns, whatever is closed meanwhile': () =>
    withHooks({
      dropHolder(it) {
        hooks.dropHolder?.(it)
        if (it.holders === 0) it.state = undefined as never
      },
      release: () => outside.held--,
    }),
  'an operation under way keeps the object when its handle is closed': () =>
    withStream({
      read(it, buffer) {
        if (it.holders === 0) throw new Error('nobody holds me')
        return stream.read(it, buffer)
      },
    }),
  ...Object.fromEntries(
    [
      'released by a reference that no table ever had',
      'released by close',
      'released by closeAll',
      'released by closeRange',
      'released by remove and release',
      'released by exec',
      'released by dup2 onto its number',
      'released by the end of its table',
    ].map((rule) => [rule, () => withHooks({ release: () => undefined })]),
  ),

  'each holder is counted, and goes once': () =>
    withHooks({
      cloneForDup(it) {
        hooks.cloneForDup?.(it)
        it.count(0, 1)
      },
    }),
  'a dup that finds no number leaves the counts as they were': () =>
    withHooks({
      cloneForDup(it) {
        hooks.cloneForDup?.(it)
        it.count(1, 0)
      },
    }),
  'one holder more or less makes no difference to the others': () =>
    withHooks({
      dropHolder(it) {
        hooks.dropHolder?.(it)
        outside.held--
      },
      release: () => undefined,
    }),
  "a dup shares the status flags, and close-on-exec is each handle's own": () =>
    withHooks({
      cloneForDup(it) {
        hooks.cloneForDup?.(it)
        it.status = 0
      },
    }),
  "a fork's copy names the same open object, and lives on its own": readOnlyOnce,
  'a refused dup, or fork, changes nothing': () => ({
    ...withHooks({
      cloneForDup(it) {
        it.count(1, 0)
        throw new Error('no second holder')
      },
    }),
    dup: false,
  }),

  'each method answers a value of its sort or −errno, and never throws': () =>
    withPipe({
      capacity() {
        throw new Error('who knows')
      },
    }),
  'each method takes bytes that lie in shared memory': () =>
    withStream({
      read(it, buffer) {
        // As TextDecoder and others of the platform do.
        if (buffer.buffer instanceof SharedArrayBuffer) throw new TypeError('must not be shared')
        return stream.read(it, buffer)
      },
    }),
  'each method takes bytes that begin within their memory, and touches none outside of them': () =>
    withParts({
      control: {
        control(_it, _request, argument) {
          new Uint8Array(argument.buffer).fill(0)
          return 0
        },
      },
    }),
  'each method answers also when the other side is gone': () =>
    withStream({
      write(it, bytes) {
        if (it.state.shared.readers === 0) throw new Error('EPIPE')
        return stream.write(it, bytes)
      },
    }),
  'a read of an object not opened for reading is EBADF, a write of one not opened for writing too': () =>
    withStream({ read: ({ state }, buffer) => stream.read({ state: { ...state, reads: true } } as never, buffer) }),
  'a read or write of no bytes answers 0, at once': () =>
    withStream({ read: (it, buffer) => (it.state.shared.bytes.length === 0 ? -EAGAIN : stream.read(it, buffer)) }),
  'a kind without a ready hook never answers EAGAIN': () => withHooks({ ready: undefined as never }),
  'a control request that nobody knows is ENOTTY': () => withParts({ control: { control: () => 0 } }),

  'readiness is a set of poll bits, at any time': () => withReady({ now: () => -1 }),
  'changes are told through one queue, the same for the life of the object': () => withReady({ changes: () => new WaitQueue() }),

  'what is written is what is read': () =>
    withStream({
      write: (it, bytes) =>
        stream.write(
          it,
          bytes.map((byte) => byte ^ 1),
        ),
    }),
  'a write keeps a copy: what becomes of the bytes afterwards changes nothing': () =>
    withStream({
      write(it, bytes) {
        if (it.state.reads) return -EBADF
        it.state.shared.bytes = bytes as never
        return bytes.length
      },
      read(it, buffer) {
        if (!it.state.reads) return -EBADF
        it.state.shared.bytes = [...it.state.shared.bytes]
        return stream.read(it, buffer)
      },
    }),
  'a write keeps a copy also of an array whose slice is none, as that of a Buffer of Node’s': () =>
    withStream({
      write(it, bytes) {
        if (it.state.reads) return -EBADF
        it.state.shared.bytes = bytes.slice() as never
        return bytes.length
      },
      read(it, buffer) {
        if (!it.state.reads) return -EBADF
        it.state.shared.bytes = [...it.state.shared.bytes]
        return stream.read(it, buffer)
      },
    }),
  'a write takes the given part of a larger buffer': () =>
    withStream({
      write: (it, bytes) => stream.write(it, new Uint8Array(bytes.buffer).subarray(0, bytes.length)),
    }),
  'a read answers no more than it was asked for, and fills no byte besides': () =>
    withStream({
      read(it, buffer) {
        const count = stream.read(it, buffer)
        if (count > 0) buffer.fill(0, count)
        return count
      },
    }),
  'bytes in shared memory go out and come in as any others': () =>
    withStream({
      write: (it, bytes) => stream.write(it, bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes.length)),
    }),
  'a read that is too small for all leaves the rest': () =>
    withStream({
      read(it, buffer) {
        const count = stream.read(it, buffer)
        if (count > 0) it.state.shared.bytes = []
        return count
      },
    }),
  'bytes keep their order over many writes': () =>
    withStream({
      write(it, bytes) {
        const before = it.state.shared.bytes
        it.state.shared.bytes = []
        const count = stream.write(it, bytes)
        it.state.shared.bytes.push(...before)
        return count
      },
    }),

  'after the last writer a read gives what is left, and then 0, each time': () =>
    withStream({
      read(it, buffer) {
        const { shared, reads } = it.state
        return reads && buffer.length > 0 && shared.writers === 0 ? 0 : stream.read(it, buffer)
      },
    }),
  'a write answers EPIPE when nobody is left to read': () =>
    withStream({ write: (it, bytes) => (it.state.shared.readers === 0 ? bytes.length : stream.write(it, bytes)) }),
  'closing one side leaves the other side usable': () =>
    withHooks({
      dropHolder(it) {
        hooks.dropHolder?.(it)
        if (it.state.shared.writers === 0) it.state.shared.bytes = undefined as never
      },
    }),
  'a dup is one writer more: the end of file comes after the last': () => withHooks({ cloneForDup: () => undefined }),
  'a dup is one reader more: the pipe breaks after the last': () => withHooks({ cloneForDup: () => undefined }),
  "a fork's copy is a writer more, until its table ends": () => withHooks({ cloneForDup: () => undefined }),
  'a result of cloneForDup is a writer more, before it has a number': () => withHooks({ cloneForDup: () => undefined }),
  'a reference from get is no writer: the end of file does not wait for it': peersByRelease,
  'a reference from get becomes a writer when it is inserted': () => withHooks({ cloneForDup: () => undefined }),
  'a dup that found no number counts as no writer': () =>
    withHooks({
      dropHolder(it) {
        if (it.holders === 0 || it.state.reads) hooks.dropHolder?.(it)
      },
    }),

  'IN says that a read does not answer EAGAIN, and its absence that it does': () =>
    withReady({ now: (it) => ready.now(it) | IN }),
  'OUT says that a write does not answer EAGAIN, and its absence that it does': () =>
    withReady({ now: (it) => ready.now(it) | OUT }),
  'bytes that arrive wake who waits, and can then be read': () =>
    withStream({
      write(it, bytes) {
        it.state.shared.changes.wake()
        return unheard(it.state, () => stream.write(it, bytes))
      },
    }),
  'room that comes wakes who waits, and can then be written': deafRead,
  'a read under way ends with the bytes that arrive': deafWrite,
  'a read under way survives the close of its handle, and ends on the old object': () =>
    withStream({ read: (it, buffer) => (it.holders === 0 ? -EBADF : stream.read(it, buffer)) }),
  'a read under way ends at the end of file': deafDrop,
  'a write under way ends when nobody is left to read': deafDrop,
  'a reader whose writers are gone is ready, and a read answers at once': () => withReady({ now: (it) => ready.now(it) & ~HUP }),
  'a writer whose readers are gone says ERR or HUP': () => withReady({ now: (it) => ready.now(it) & ~ERR }),
  'a write under way ends when there was room for all of it': deafRead,

  'bytes waiting are those written and not read, at both ends': () =>
    withPipe({ bytesWaiting: ({ state }) => (state.reads ? state.shared.bytes.length : 0) }),
  'peers are the holders at the other side, dups included': () =>
    withPipe({ peerCount: (it) => Math.min(1, pipe.peerCount(it)) }),
  'it takes exactly its capacity': () => withPipe({ capacity: (it) => pipe.capacity(it) * 2 }),
  'a resize goes up to a page and a power of two': () =>
    withPipe({ setCapacity: ({ state }, asked) => (state.shared.capacity = asked) }),
  'a resize to less than is stored is EBUSY, and changes nothing': () =>
    withPipe({
      setCapacity(it, asked) {
        it.state.shared.bytes.length = Math.min(it.state.shared.bytes.length, asked)
        return pipe.setCapacity(it, asked)
      },
    }),
  'a resize keeps what is stored, in its order': () =>
    withPipe({
      setCapacity(it, asked) {
        it.state.shared.bytes.sort()
        return pipe.setCapacity(it, asked)
      },
    }),
  'a resize over the highest is EPERM, a negative one EINVAL': () =>
    withPipe({ setCapacity: (it, asked) => pipe.setCapacity(it, Math.min(Math.abs(asked), 1 << 20)) }),
  'a write of at most 4096 bytes goes in whole or not at all': () =>
    withStream({
      write(it, bytes) {
        const { shared, reads } = it.state
        const room = shared.capacity - shared.bytes.length
        return stream.write(it, reads || room === 0 ? bytes : bytes.subarray(0, room))
      },
    }),
  'a longer write goes in as far as there is room': () =>
    withStream({
      write(it, bytes) {
        const { shared, reads } = it.state
        return !reads && shared.capacity - shared.bytes.length < bytes.length ? -EAGAIN : stream.write(it, bytes)
      },
    }),
  'a read or write of no bytes answers 0 with nothing in it, when it is full, and without the other side': () =>
    withStream({
      write: (it, bytes) => (!it.state.reads && it.state.shared.readers === 0 ? -32 : stream.write(it, bytes)),
    }),
  'OUT is there exactly when a write of 4096 bytes would succeed': () =>
    withReady({
      now: (it) =>
        it.access === READABLE || it.state.shared.bytes.length >= it.state.shared.capacity ? ready.now(it) : ready.now(it) | OUT,
    }),
  'a reader without a writer says HUP, and IN besides while there is something': () =>
    withReady({ now: (it) => ready.now(it) | ((ready.now(it) & HUP) === 0 ? 0 : IN) }),
  'a writer without a reader says ERR, and OUT besides while there is room': () =>
    withReady({ now: (it) => ((ready.now(it) & ERR) === 0 ? ready.now(it) : ERR) }),
}

/** Descriptions of kinds that keep every rule; together they reach all rules of this file. */
const keepers: Record<string, () => KindDescription> = {
  'a pipe': good,
  'a kind that refuses dups': () => ({ ...readOnlyOnce(), dup: false }),
  'a kind of messages': () => ({ ...good(), unit: 'messages' }),
  'a kind that gives back what it took': () => ({ ...always(pipeKindWith(echoingParts)), variants: {}, echoes: true }),
  'a kind that is always ready': () => always(pipeKindWith(alwaysParts)),
}

const alwaysParts: Partial<PipeParts> = {
  hooks: { inferMetadata: undefined as never, ready: undefined as never },
  stream: {
    read: (it) => ((it.access & READABLE) !== 0 ? 0 : -EBADF),
    write: (it, bytes) => ((it.access & WRITABLE) !== 0 ? bytes.length : -EBADF),
  },
}

/** Both ends in one object. */
const as = (it: { state: End }, reads: boolean) => ({ state: { ...it.state, reads } }) as never
const echoingParts: Partial<PipeParts> = {
  stream: {
    read: (it, buffer) => stream.read(as(it, true), buffer),
    write: (it, bytes) => stream.write(as(it, false), bytes),
  },
  hooks: {
    inferMetadata: () => ({ handleType: 'IpcChannel' }),
    cloneForDup: undefined as never,
    dropHolder: undefined as never,
    ready: { ...ready, now: (it) => ready.now(as(it, true)) | ready.now(as(it, false)) },
  },
}

/** An object that takes all and gives nothing, as /dev/null. */
function always(kind: Kind<End>): KindDescription {
  const makeShared = () => ({ bytes: [], capacity: 65536, readers: 1, writers: 1, changes: new WaitQueue() })
  const opening =
    (reads: boolean, access: AccessMode = 'ReadWrite') =>
    () => {
      outside.held++
      return { object: kind.open({ shared: makeShared(), reads }, { accessMode: access }) }
    }
  return {
    kind,
    open: opening(false),
    variants: { 'for reading': opening(true, 'ReadOnly'), 'for writing': opening(false, 'WriteOnly') },
    held: () => outside.held,
  }
}

describe('the conformance suite of kinds', () => {
  for (const [name, description] of Object.entries(keepers)) {
    it(`finds nothing wrong with ${name}`, async () => {
      const { rules, failed } = await outcomeOf((runner) => {
        testKind(runner, { ...description(), patienceMs: 600_000 })
      })
      expect([...failed]).toEqual([])
      expect([...rules].filter((rule) => broken[rule] === undefined)).toEqual([])
    })
  }

  it('refuses a description of the wrong shape, and names what is wrong with it', () => {
    const { kind } = good()
    const runner = { describe, it }
    for (const [description, message] of [
      [undefined, /^EINVAL: description/],
      [{ kind }, /^EINVAL: open or pair/],
      [{ kind: 'pipe', open: pair }, /^EINVAL: kind/],
      [{ kind, open: 7 }, /^EINVAL: open/],
      [{ kind, pair, held: 7 }, /^EINVAL: held/],
      [{ kind, pair, variants: { other: 7 } }, /^EINVAL: other/],
      [{ kind, pair, echoes: true }, /^EINVAL: echoes/],
      [{ kind, pair, payload: new Uint8Array(0) }, /^EINVAL: payload/],
      [{ kind, pair, payload: new Uint8Array(4097) }, /^EINVAL: payload/],
    ] as const) {
      expect(() => {
        testKind(runner, description as never)
      }).toThrow(message)
    }
  })

  for (const [rule, description] of Object.entries(broken)) {
    it(`catches a kind that breaks: ${rule}`, async () => {
      const { rules, failed } = await outcomeOf((runner) => {
        testKind(runner, description())
      })
      expect(rules).toContain(rule)
      expect(failed.get(rule)).toBeInstanceOf(ConformanceError)
    })
  }
})
