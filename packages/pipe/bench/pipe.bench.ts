import { PassThrough } from 'node:stream'
import { HandleTable, StreamOps, type StreamMethods } from '@ht/core'
import { createPipe } from '@ht/pipe'
import { compare } from '../../../tooling/bench/measure.js'

/* A piece written to a pipe and read again, beside the least that a copy in and out can cost. */

function ends(): { reader: StreamMethods; writer: StreamMethods } {
  const { reader, writer } = createPipe()
  return { reader: reader.as(StreamOps), writer: writer.as(StreamOps) }
}

function through(length: number) {
  const { reader, writer } = ends()
  const piece = new Uint8Array(length).fill(7)
  const out = new Uint8Array(length)
  return (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += writer.write(piece) + reader.read(out)
    }
    return sum + out[0]!
  }
}

function throughTable(length: number) {
  const table = new HandleTable()
  const { reader, writer } = createPipe()
  const r = table.insert(reader)
  const w = table.insert(writer)
  const piece = new Uint8Array(length).fill(7)
  const out = new Uint8Array(length)
  return (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += table.withObject(w, (object) => object.as(StreamOps)!.write(piece))!
      sum += table.withObject(r, (object) => object.as(StreamOps)!.read(out))!
    }
    return sum + out[0]!
  }
}

function twoSets(length: number) {
  const piece = new Uint8Array(length).fill(7)
  const between = new Uint8Array(length)
  const out = new Uint8Array(length)
  return (count: number) => {
    for (let i = 0; i < count; i++) {
      between.set(piece)
      out.set(between)
    }
    return out[0]
  }
}

function passThrough(length: number) {
  const stream = new PassThrough({ highWaterMark: 65_536 })
  const piece = new Uint8Array(length).fill(7)
  return (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      stream.write(piece)
      sum += (stream.read() as Buffer).length
    }
    return sum
  }
}

for (const length of [4096, 65_536]) {
  await compare(`pipe, ${String(length)}-byte pieces`, {
    candidate: through(length),
    baseline: [`two set calls of ${String(length)} bytes`, twoSets(length)],
    atMost: 2,
  })
}
for (const [name, candidate] of [
  ['pipe', through(64)],
  ['pipe through a table', throughTable(64)],
] as const) {
  await compare(`${name}, 64-byte pieces`, {
    candidate,
    baseline: ['PassThrough of Node', passThrough(64)],
    fasterBy: 1,
  })
}
await compare('pipe, 64-byte pieces', { candidate: through(64), baseline: ['two set calls of 64 bytes', twoSets(64)] })
