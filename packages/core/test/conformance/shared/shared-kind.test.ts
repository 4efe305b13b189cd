import { describe, expect, it } from 'vitest'
import { defineKind } from '@ht/core'
import { ConformanceError, testSharedKind, type Runner, type SharedKindDescription } from '../../../src/conformance/index.js'
import { startThread } from '../../../../../tooling/threads/start.js'
import { outcomeOf } from '../collect.js'
import { channelKindWith, createChannel } from './channel-kind.js'
import { createFile, fileKindWith } from './file-kind.js'
import { createMailbox, mailboxKind } from '../../shared/mailbox-kind.js'
import type { Fault, Given } from './faults.js'

const makeGiven = (kind: Given['kind'], fault?: Fault): Given => ({ kind, fault, held: new Int32Array(new SharedArrayBuffer(4)) })

function channel(fault?: Fault): SharedKindDescription {
  const given = makeGiven('channel', fault)
  const kind = channelKindWith(given)
  return { ...threads(given), kind, pair: (memory) => createChannel(memory, kind, given) }
}

function file(fault?: Fault): SharedKindDescription {
  const given = makeGiven('file', fault)
  const kind = fileKindWith(given)
  return { ...threads(given), kind, open: (memory) => createFile(memory, kind, given) }
}

function threads(given: Given) {
  return {
    startWorker: () => startThread(new URL('./reference-thread.ts', import.meta.url), given),
    held: () => Atomics.load(given.held, 0),
  }
}

describe('a channel that keeps all rules', () => {
  testSharedKind({ describe, it }, channel())
})

describe('a file that keeps all rules', () => {
  testSharedKind({ describe, it }, file())
})

describe('an object that gives back what it took', () => {
  testSharedKind(
    { describe, it },
    {
      ...threads(makeGiven('mailbox')),
      kind: mailboxKind,
      open: (memory) => createMailbox(memory),
      echoes: true,
      unit: 'messages',
      payload: Uint8Array.of(7),
    },
  )
})

describe('the rules that run', () => {
  it('are those of the capabilities and hooks of the kind, and of what its description says', async () => {
    const rulesOf = async (description: SharedKindDescription) => {
      const rules = new Set<string>()
      await outcomeOf((runner) => {
        testSharedKind({ ...runner, it: (name) => rules.add(name) }, description)
      })
      return rules
    }
    const dup = 'a dup that another thread makes is one of the same object, and shares its flags'
    const end = 'when another thread closes the last writer, a read gives what is left, and then 0, each time'
    const peers = 'all threads count the same peers'
    const order = 'many pieces come whole and in order, while both threads work'
    const offset = 'the offset is the object’s: where one thread writes, another one goes on'
    const has = (rules: ReadonlySet<string>) => [dup, end, peers, order, offset].map((rule) => rules.has(rule))
    expect(has(await rulesOf(channel()))).toEqual([true, true, true, true, false])
    expect(has(await rulesOf({ ...channel(), dup: false }))).toEqual([false, true, false, true, false])
    expect(has(await rulesOf({ ...channel(), unit: 'messages' }))).toEqual([true, true, true, false, false])
    expect(has(await rulesOf({ ...channel(), sockets: { type: 'datagram' } }))).toEqual([true, false, true, false, false])
    expect(has(await rulesOf(file()))).toEqual([true, false, false, false, true])
    expect(has(await rulesOf({ ...file(), positions: false }))).toEqual([true, false, false, false, false])
  })
})

/** Of each fault, the rules that find it, whatever the threads do. */
const found: readonly (readonly [Fault, (fault: Fault) => SharedKindDescription, readonly string[]])[] = [
  [
    'bytes of its own in each thread',
    channel,
    ['what this thread writes, another one reads', 'what another thread writes, this one reads'],
  ],
  [
    'no wake',
    channel,
    [
      'a read that blocks in another thread is woken by a write',
      'a write that blocks in another thread is woken by room',
      'a wait for readiness in another thread is woken by what it waits for',
      'what arrives by another thread is told to who listens in this one',
      'room that another thread makes is told to who listens in this one',
    ],
  ],
  [
    'no wake at a close',
    channel,
    [
      'a read that blocks in another thread ends with 0 when the last writer is closed',
      'a write that blocks in another thread ends when the last reader is closed: EPIPE, or ECONNRESET',
      'the last writer that another thread closes is told to who listens in this one',
      'the last reader that another thread closes is told to who listens in this one',
    ],
  ],
  ['a wait queue of its own in each thread', channel, ['a read that blocks in another thread is woken by a write']],
  [
    'peers of its own in each thread',
    channel,
    [
      'all threads count the same peers',
      'a dup that another thread makes is one writer more: the end of file comes after the last',
    ],
  ],
  ['references count as peers', channel, ['a reference in another thread is no writer: the end of file does not wait for it']],
  [
    'no end of file',
    channel,
    [
      'when another thread closes the last writer, a read gives what is left, and then 0, each time',
      'when this thread closes the last writer, another one reads what is left, and then 0',
      'a thread that dies with the last writer leaves the end of file',
    ],
  ],
  [
    'no broken pipe',
    channel,
    [
      'when another thread closes the last reader, a write is EPIPE',
      'when this thread closes the last reader, a write in another one is EPIPE',
      'a thread that dies with the last reader leaves a broken pipe',
    ],
  ],
  ['readiness as it was at first', channel, ['all threads see the same readiness, as it is now']],
  [
    'released twice',
    channel,
    [
      'released once, when the other thread closes the last handle',
      'the object lives while another thread has a reference, and is released with it',
      'a thread that dies gives back what it had: the object is released once',
      'released once, when two threads let go of the last references at the same time',
      'released once, when two threads close the last two handles at the same time',
    ],
  ],
  ['pages kept', channel, ['released once, when this thread closes the last handle of what the other one has used']],
  ['offset of its own in each thread', file, ['the offset is the object’s: where one thread writes, another one goes on']],
  ['offset moved in two steps', file, ['threads that write at the same time overwrite nothing of each other']],
  ['length of its own in each thread', file, ['a length that one thread sets is the length for all']],
  ['flags as they were at first', file, ['APPEND that one thread sets has the writes of all go to the end, until one clears it']],
]

describe('a kind that breaks one rule of threads', () => {
  it.each(found)('%s: the rules that say so fail', async (fault, describeKind, rules) => {
    const wanted = new Set(rules)
    const description: SharedKindDescription = { ...describeKind(fault), patienceMs: 1000 }
    const { failed } = await outcomeOf((runner) => {
      testSharedKind(only(runner, wanted), description)
    })
    expect([...failed.keys()].sort()).toEqual([...rules].sort())
    for (const error of failed.values()) expect(error).toBeInstanceOf(ConformanceError)
  })
})

describe('a description that is wrong', () => {
  it.each<[string, object]>([
    ['description', null as never],
    ['kind', { ...channel(), kind: defineKind({ name: 'test-private' }) }],
    ['startWorker', { ...channel(), startWorker: undefined }],
    ['open or pair', { ...channel(), pair: undefined }],
    ['sockets.type', { ...channel(), sockets: { type: 'raw' } }],
    ['payload', { ...channel(), payload: new Uint8Array(0) }],
    ['patienceMs', { ...channel(), patienceMs: 0 }],
  ])('is EINVAL that names %s', (name, description) => {
    const attempt = () => {
      testSharedKind({ describe, it }, description as SharedKindDescription)
    }
    expect(attempt).toThrow(expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(name) as string }))
  })
})

/** A runner that is given some rules only. */
function only(runner: Runner, rules: ReadonlySet<string>): Runner {
  return {
    describe: (name, body) => runner.describe(name, body),
    it: (name, body) => (rules.has(name) ? runner.it(name, body) : undefined),
  }
}
