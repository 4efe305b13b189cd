import { isReference, openObjectOf } from '../../object/reference.js'
import { READABLE, WRITABLE } from '../../object/access.js'
import { ControlOps } from '../../ops/control.js'
import { DirectoryOps } from '../../ops/directory.js'
import { FileOps } from '../../ops/file.js'
import { StreamOps } from '../../ops/stream.js'
import { SocketOps } from '../../socket/ops.js'
import { answer, answers, calm, check, isAnswer } from '../assert.js'
import type { BorrowedObject } from '../../object/kernel-object.js'
import type { MethodSignature, ParameterKind } from '../../kind/capability.js'
import type { Rules } from '../runner.js'
import type { ObjectScene } from './scene.js'

/** What any method of any capability answers. */
export const answerRules: Rules<ObjectScene> = {
  'each method answers a value of its sort or −errno, and never throws'({ object }) {
    callEachMethod(object)
  },

  'each method takes bytes that lie in shared memory'({ object }) {
    if (typeof SharedArrayBuffer === 'undefined') return
    callEachMethod(object, () => new Uint8Array(new SharedArrayBuffer(64), 8, 16))
  },

  'each method takes bytes that begin within their memory, and touches none outside of them'({ object }) {
    const memory: Uint8Array[] = []
    callEachMethod(object, () => {
      const around = new Uint8Array(64).fill(0xa5)
      memory.push(around)
      return around.subarray(24, 40)
    })
    for (const around of memory) {
      check(
        around.every((byte, i) => byte === 0xa5 || (i >= 24 && i < 40)),
        'a method wrote outside of the bytes that it was given',
      )
    }
  },
}

/** Of whatever moves bytes. */
export const countRules: Rules<ObjectScene> = {
  'no method counts more bytes than it was given'({ object }) {
    for (const length of [0, 1, 4, 16]) {
      const bytes = () => new Uint8Array(length)
      const stream = object.as(StreamOps)
      const file = object.as(FileOps)
      const socket = object.as(SocketOps)
      const counts: Record<string, number | undefined> = {
        read: stream?.read(bytes()),
        write: stream?.write(bytes()),
        pread: file?.pread(bytes(), 0),
        pwrite: file?.pwrite(bytes(), 0),
        receive: socket?.receive(bytes(), 0),
        receiveFrom: socket?.receiveFrom(bytes(), 0, new Uint8Array(16)),
        send: socket?.send(bytes(), 0),
        readDir: object.as(DirectoryOps)?.readDir(0, bytes()),
      }
      for (const [name, count = 0] of Object.entries(counts)) {
        check(isAnswer(count) && count <= length, `${name}, given ${String(length)} bytes, answered ${answer(count)}`)
      }
    }
  },
}

/** The same when the object's other side is closed. */
export const lonelyAnswerRules: Rules<ObjectScene> = {
  'each method answers also when the other side is gone'({ object, peer }) {
    peer?.release()
    callEachMethod(object)
  },
}

/** Of any stream. */
export const streamAnswerRules: Rules<ObjectScene> = {
  'a read of an object not opened for reading is EBADF, a write of one not opened for writing too'(scene) {
    const { access } = scene.open
    const stream = scene.methods(StreamOps)
    // EINVAL is what a kind answers that has no such method at all.
    if ((access & READABLE) === 0) answers(stream.read(new Uint8Array(8)), ['EBADF', 'EINVAL'], 'a read')
    if ((access & WRITABLE) === 0) answers(stream.write(new Uint8Array(8)), ['EBADF', 'EINVAL'], 'a write')
  },
}

/** Of a stream of bytes, as opposed to messages. */
export const byteAnswerRules: Rules<ObjectScene> = {
  'a read or write of no bytes answers 0, at once'(scene) {
    const { access } = scene.open
    const stream = scene.methods(StreamOps)
    // A directory has no bytes, and says so first (read(2)).
    const isDirectory = scene.open.kind.methods[DirectoryOps.name] !== undefined
    const empty = isDirectory ? ['EISDIR' as const] : 0
    if ((access & READABLE) !== 0) answers(stream.read(new Uint8Array(0)), empty, 'a read into an empty buffer')
    // A socket that is connected to nothing says that (send(2)).
    const unconnected = scene.description.sockets !== undefined && scene.peer === undefined
    if ((access & WRITABLE) === 0 || unconnected) return
    answers(stream.write(new Uint8Array(0)), 0, 'a write of no bytes')
  },
}

/** Of a stream that cannot tell whether it is ready. */
export const unreadyAnswerRules: Rules<ObjectScene> = {
  'a kind without a ready hook never answers EAGAIN'(scene) {
    const stream = scene.methods(StreamOps)
    for (const [name, count] of [
      ['a read', stream.read(new Uint8Array(8))],
      ['a write', stream.write(new Uint8Array(8))],
    ] as const) {
      check(count !== -11, `${name} answered −EAGAIN, and nobody can wait for the time to try again`)
    }
  },
}

/** Of what takes control requests. */
export const controlAnswerRules: Rules<ObjectScene> = {
  'a control request that nobody knows is ENOTTY'(scene) {
    answers(scene.methods(ControlOps).control(0x7fff0000, new Uint8Array(16)), 'ENOTTY', 'an unknown request')
  },
}

/**
 * Calls each method of each capability with the plainest arguments there are: 0, the empty text, the
 * object itself, few bytes. What they answer is the kind's affair, as long as it is an answer.
 */
export function callEachMethod(object: BorrowedObject, makeBytes: () => Uint8Array = () => new Uint8Array(16)): void {
  const { kind } = openObjectOf(object)
  for (const { capability } of kind.capabilities ?? []) {
    const bound = object.as<unknown>(capability) as Record<string, (...args: unknown[]) => unknown>
    for (const [name, { parameters, result }] of Object.entries<MethodSignature>(capability.methods)) {
      const kinds = parameters as readonly ParameterKind[]
      // What is lent cannot be passed on as a reference.
      if (kinds.includes('object') && !isReference(object)) continue
      const args = kinds.map((parameter) => argument(parameter, object, makeBytes))
      tryMethod(`${capability.name} ${name}`, () => bound[name]?.(...args), result)
    }
  }
}

function argument(parameter: ParameterKind, object: BorrowedObject, makeBytes: () => Uint8Array): unknown {
  if (parameter === 'int' || parameter === 'int?') return 0
  if (parameter === 'string') return ''
  return parameter === 'object' ? object : makeBytes()
}

function tryMethod(name: string, call: () => unknown, result: 'int' | 'string' | 'object'): void {
  const value = calm(call, name)
  const valid =
    (isAnswer(value) && (result === 'int' || (value as number) < 0)) ||
    (result === 'string' && typeof value === 'string') ||
    (result === 'object' && isReference(value))
  check(valid, `${name} answered ${answer(value)}, which is neither of the sort ${result} nor −errno`)
  if (isReference(value)) value.release()
}
