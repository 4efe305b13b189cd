import { DirectoryOps } from '../ops/directory.js'
import { FileOps } from '../ops/file.js'
import { PipeOps } from '../ops/pipe.js'
import { StreamOps } from '../ops/stream.js'
import { testRules, type Rules, type Runner } from './runner.js'
import { checkSharedDescription, type SharedKindDescription } from './threads/description.js'
import { sharedEndDupRules, sharedEndRules, sharedExchangeRules, sharedPipeRules, sharedStreamRules } from './threads/exchange.js'
import { sharedFileRules } from './threads/files.js'
import { sharedDupRules, sharedObjectRules } from './threads/objects.js'
import { SharedScene, type SharedOpening } from './threads/scene.js'
import { sharedWaitingEndRules, sharedWaitingRules } from './threads/blocking.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { SharedMemory } from '../shared/thread/memory.js'
import type { Awaitable, Opened, OpenedPair } from './kind/description.js'

/**
 * Adds the rules of a kind whose objects live in shared memory to a test runner, tested by two threads at once: this one,
 * and a worker that runs `serveConformance`. Each rule of the kind's capabilities and hooks is a test named by it, with a
 * memory and a worker of its own. A test fails with a `ConformanceError`. Run `testKind` too: it tests the rules of one
 * thread, which are not repeated here.
 *
 * @throws EINVAL that names the wrong field of the description
 */
export function testSharedKind(runner: Runner, description: SharedKindDescription): void {
  checkSharedDescription(description)
  const { kind, open, pair, echoes, sockets } = description
  runner.describe(`the kind ${kind.name} in two threads`, () => {
    const test = (
      name: string,
      sets: readonly Rules<SharedScene>[],
      opening: (memory: SharedMemory) => Awaitable<SharedOpening>,
    ) => {
      runner.describe(name, () => {
        for (const rules of sets) testRules(runner, rules, () => SharedScene.begin(description, opening))
      })
    }
    if (open !== undefined) {
      const opening = async (memory: SharedMemory) => ofOne(await open(memory))
      test('an object', objectRules(description), opening)
      if (hasPositions(description)) test('a file', [sharedFileRules], opening)
      if (echoes === true) test('an object that gives back what it took', exchangeRules(description), opening)
    }
    if (pair === undefined) return
    test('a pair', [...objectRules(description), ...pairRules(description)], async (memory) => ofPair(await pair(memory)))
    if (sockets === undefined) return
    const turned = async (memory: SharedMemory) => {
      const { reader, writer, ...rest } = await pair(memory)
      return ofPair({ reader: writer, writer: reader, ...rest })
    }
    test('a pair, in the other direction', pairRules(description), turned)
  })
}

function objectRules({ dup }: SharedKindDescription): Rules<SharedScene>[] {
  return [sharedObjectRules, ...when(dup !== false, sharedDupRules)]
}

function exchangeRules({ kind }: SharedKindDescription): Rules<SharedScene>[] {
  return [sharedExchangeRules, ...when(kind.ready !== undefined, sharedWaitingRules)]
}

function pairRules(description: SharedKindDescription): Rules<SharedScene>[] {
  if (!has(description, StreamOps)) return []
  const { kind, dup, unit, sockets } = description
  const ready = kind.ready !== undefined
  const datagrams = sockets?.type === 'datagram'
  return [
    ...exchangeRules(description),
    ...when(ready && unit !== 'messages' && !datagrams, sharedStreamRules),
    ...when(!datagrams, sharedEndRules),
    ...when(!datagrams && dup !== false, sharedEndDupRules),
    ...when(!datagrams && ready, sharedWaitingEndRules),
    ...when(dup !== false && has(description, PipeOps), sharedPipeRules),
  ]
}

function when<R>(holds: boolean, ...rules: R[]): R[] {
  return holds ? rules : []
}

function has({ kind }: SharedKindDescription, capability: { readonly name: string }): boolean {
  return kind.methods[capability.name] !== undefined
}

function hasPositions(description: SharedKindDescription): boolean {
  return description.positions ?? (has(description, FileOps) && !has(description, DirectoryOps))
}

function ofOne(opened: KernelObject | Opened): SharedOpening {
  if (!('object' in opened)) return { objects: [opened] }
  const { object, ...rest } = opened
  return { objects: [object], ...rest }
}

function ofPair({ reader, writer, ...rest }: OpenedPair): SharedOpening {
  return { objects: [reader, writer], ...rest }
}
