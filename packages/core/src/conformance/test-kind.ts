import { errorFrom } from '../errors/handle-error.js'
import { ControlOps } from '../ops/control.js'
import { DirectoryOps, O_CREAT, O_RDWR } from '../ops/directory.js'
import { FileOps } from '../ops/file.js'
import { PipeOps } from '../ops/pipe.js'
import { StreamOps } from '../ops/stream.js'
import * as answering from './kind/answers.js'
import {
  checkDescription,
  type Awaitable,
  type KindDescription,
  type Opened,
  type SocketDescription,
} from './kind/description.js'
import { datagramNameRules, datagramSocketRules } from './kind/datagram-sockets.js'
import { directoryRules } from './kind/directory.js'
import { byteExchangeRules, exchangeRules } from './kind/exchange.js'
import { fileDupRules, fileRules, noPositionRules } from './kind/file.js'
import { dupRules, holderRules, refusedDupRules } from './kind/holders.js'
import { identityRules } from './kind/identity.js'
import { backlogRules, listeningDupRules, listeningSocketRules } from './kind/listening-sockets.js'
import { peerDupRules, peerRules } from './kind/peers.js'
import { pipeDupRules, pipeRules } from './kind/pipe.js'
import { readinessRules, readyByteRules, readyExchangeRules, readyPeerRules } from './kind/readiness.js'
import { ExchangeScene, ObjectScene, type Opening, type Scene } from './kind/scene.js'
import { socketOptionRules } from './kind/socket-options.js'
import { SocketNameScene, SocketPairScene } from './kind/socket-scene.js'
import { streamSocketDupRules, streamSocketRules } from './kind/stream-sockets.js'
import { testRules, type Rules, type Runner } from './runner.js'
import type { KernelObject } from '../object/kernel-object.js'

/**
 * Adds the rules of every kind, and those of the capabilities and hooks that this kind declares, to a test runner,
 * each as a test named by its rule. A test fails with a `ConformanceError`.
 *
 * @throws EINVAL that names the wrong field of the description
 */
export function testKind(runner: Runner, given: KindDescription): void {
  checkDescription(given)
  const description = given.sockets?.type === 'datagram' ? { ...given, unit: 'messages' as const } : given
  const { kind, pair, open, fileKind, sockets } = description
  runner.describe(`the kind ${kind.name}`, () => {
    for (const [name, opening] of Object.entries(openings(description))) {
      test(runner, name, objectRules(description), () => objectScene(description, opening))
    }
    if (open !== undefined) {
      const opening = async () => asOpened(await open())
      const positions = hasPositions(description)
      if (positions) test(runner, 'a file', fileRulesOf(description), () => objectScene(description, opening))
      if (has(description, DirectoryOps)) {
        test(runner, 'a directory', [directoryRules], () => objectScene(description, opening))
        if (fileKind !== undefined) testKind(runner, asFiles(description, fileKind, opening))
      }
      if (positions || description.echoes === true) {
        test(runner, 'an object that gives back what it took', echoRules(description), async () => {
          const { object, ...rest } = await opening()
          return new ExchangeScene(description, { reader: object, writer: object, ...rest }, positions)
        })
      }
    }
    if (pair !== undefined && has(description, StreamOps)) {
      test(runner, 'a pair', pairRules(description), async () => new ExchangeScene(description, await pair()))
    }
    if (sockets === undefined) return
    if (pair !== undefined) {
      const makeScene = async () => new SocketPairScene(description, await pair())
      test(runner, 'a pair of sockets', socketPairRules(description, sockets), makeScene)
    }
    if (sockets.open !== undefined) {
      const makeScene = () => Promise.resolve(new SocketNameScene(description, sockets))
      test(runner, 'sockets with addresses', socketNameRules(description, sockets), makeScene)
    }
  })
}

/** Of any object, however it was opened. */
function objectRules(description: KindDescription): Rules<ObjectScene>[] {
  const stream = has(description, StreamOps)
  const ready = description.kind.ready !== undefined
  const withoutOffset = has(description, FileOps) && !has(description, DirectoryOps) && !hasPositions(description)
  return [
    identityRules,
    holderRules,
    description.dup === false ? refusedDupRules : dupRules,
    answering.answerRules,
    answering.countRules,
    ...when(description.pair !== undefined, answering.lonelyAnswerRules),
    ...when(stream, answering.streamAnswerRules),
    ...when(stream && inBytes(description), answering.byteAnswerRules),
    ...when(stream && !ready, answering.unreadyAnswerRules),
    ...when(has(description, ControlOps), answering.controlAnswerRules),
    ...when(withoutOffset, noPositionRules),
    ...when(ready, readinessRules),
  ]
}

function fileRulesOf(description: KindDescription): Rules<ObjectScene>[] {
  return [fileRules, ...when(description.dup !== false, fileDupRules)]
}

function echoRules(description: KindDescription): Rules<ExchangeScene>[] {
  const ready = description.kind.ready !== undefined && !hasPositions(description)
  return [exchangeRules, ...when(inBytes(description), byteExchangeRules), ...when(ready, readyExchangeRules)]
}

function pairRules(description: KindDescription): Rules<ExchangeScene>[] {
  const ready = description.kind.ready !== undefined
  const dup = description.dup !== false
  const pipe = has(description, PipeOps)
  // Datagrams have no end: that nobody is there to send more is no news to who receives.
  const ends = description.sockets?.type !== 'datagram'
  return [
    exchangeRules,
    ...when(inBytes(description), byteExchangeRules),
    ...when(ends, peerRules),
    ...when(ends && dup, peerDupRules),
    ...when(ready, readyExchangeRules),
    ...when(ready && ends, readyPeerRules),
    ...when(ready && inBytes(description), readyByteRules),
    ...when(pipe, pipeRules),
    ...when(pipe && dup, pipeDupRules),
  ]
}

function socketPairRules({ dup }: KindDescription, { type }: SocketDescription): Rules<SocketPairScene>[] {
  const stream = type === 'stream'
  return [
    socketOptionRules,
    ...when(stream, streamSocketRules),
    ...when(stream && dup !== false, streamSocketDupRules),
    ...when(!stream, datagramSocketRules),
  ]
}

function socketNameRules({ dup }: KindDescription, { type, remote }: SocketDescription): Rules<SocketNameScene>[] {
  if (type === 'datagram') return [datagramNameRules]
  return [listeningSocketRules, ...when(dup !== false, listeningDupRules), ...when(remote !== true, backlogRules)]
}

function test<S extends Scene>(runner: Runner, name: string, sets: readonly Rules<S>[], makeScene: () => Promise<S>): void {
  runner.describe(name, () => {
    for (const rules of sets) testRules(runner, rules, makeScene)
  })
}

function when<R>(holds: boolean, ...rules: R[]): R[] {
  return holds ? rules : []
}

function has({ kind }: KindDescription, capability: { readonly name: string }): boolean {
  return kind.methods[capability.name] !== undefined
}

function inBytes({ unit }: KindDescription): boolean {
  return unit !== 'messages'
}

function hasPositions(description: KindDescription): boolean {
  if (description.positions !== undefined) return description.positions
  return description.pair === undefined && has(description, FileOps) && !has(description, DirectoryOps)
}

/** All the ways in which a description opens objects, by what they are called. */
function openings({ open, pair, variants = {} }: KindDescription): Record<string, Opening> {
  const ways: Record<string, Opening> = {}
  if (open !== undefined) ways['an object'] = async () => asOpened(await open())
  if (pair !== undefined) {
    ways['a reader'] = async () => {
      const { reader, writer, ...rest } = await pair()
      return { object: reader, peer: writer, ...rest }
    }
    ways['a writer'] = async () => {
      const { reader, writer, ...rest } = await pair()
      return { object: writer, peer: reader, ...rest }
    }
  }
  for (const [name, variant] of Object.entries(variants)) {
    ways[`an object, ${name}`] = async () => asOpened(await variant())
  }
  return ways
}

async function objectScene(description: KindDescription, opening: Opening): Promise<ObjectScene> {
  const heldBefore = description.held?.() ?? 0
  return new ObjectScene(description, await opening(), heldBefore)
}

/** The description of the files that a directory opens. */
function asFiles({ held, patienceMs }: KindDescription, fileKind: KindDescription['kind'], opening: () => Promise<Opened>) {
  const description: KindDescription = {
    kind: fileKind,
    async open() {
      const { object, cleanup } = await opening()
      const file = object.as(DirectoryOps)?.openAt('file', O_CREAT | O_RDWR, 0o644) ?? -1
      if (typeof file === 'number') throw errorFrom(file, { syscall: 'openAt' })
      return {
        object: file,
        cleanup: (): Awaitable<void> => {
          object.release()
          return cleanup?.()
        },
      }
    },
    ...(held === undefined ? {} : { held }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  }
  return description
}

function asOpened(opened: KernelObject | Opened): Opened {
  return 'object' in opened ? opened : { object: opened }
}
