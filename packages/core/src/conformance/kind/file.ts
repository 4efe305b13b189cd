import { APPEND } from '../../object/access.js'
import { FileOps, SEEK_CUR, SEEK_END, SEEK_SET } from '../../ops/file.js'
import { readStat, S_IFMT, S_IFREG, STAT_BYTES, type Stat } from '../../ops/stat.js'
import { StreamOps } from '../../ops/stream.js'
import { answers, check, equal, equalList } from '../assert.js'
import type { FileMethods } from '../../ops/file.js'
import type { StreamMethods } from '../../ops/stream.js'
import type { Rules } from '../runner.js'
import type { ObjectScene } from './scene.js'

/** An empty regular file, open for reading and writing. Positions and lengths are bytes. */
export const fileRules: Rules<ObjectScene> = {
  'reading and writing go on at one offset, and a read at the end answers 0'(scene) {
    const { file, stream } = fileOf(scene)
    answers(stream.write(bytes(1, 2, 3, 4)), 4, 'a write')
    offsetIs(file, 4)
    answers(stream.read(new Uint8Array(4)), 0, 'a read at the end')
    answers(file.seek(1, SEEK_SET), 1, 'a seek to 1')
    const buffer = new Uint8Array(2)
    answers(stream.read(buffer), 2, 'a read of 2')
    equalList(buffer, [2, 3], 'bytes read')
    offsetIs(file, 3)
    answers(stream.read(new Uint8Array(9)), 1, 'a read over the end')
    answers(stream.read(new Uint8Array(9)), 0, 'a read at the end')
  },

  'a write in the middle replaces bytes and keeps the rest'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2, 3, 4))
    file.seek(1, SEEK_SET)
    answers(stream.write(bytes(8, 9)), 2, 'a write in the middle')
    holds(file, [1, 8, 9, 4])
  },

  'a buffer that was read into is not kept'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2, 3))
    file.seek(0, SEEK_SET)
    const buffer = new Uint8Array(3)
    answers(stream.read(buffer), 3, 'a read')
    buffer.fill(0xff)
    answers(file.pread(buffer, 0), 3, 'a pread')
    buffer.fill(0xff)
    holds(file, [1, 2, 3])
  },

  'pread and pwrite leave the offset where it is'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2, 3, 4))
    file.seek(1, SEEK_SET)
    const buffer = new Uint8Array(2)
    answers(file.pread(buffer, 2), 2, 'a pread at 2')
    equalList(buffer, [3, 4], 'bytes read')
    offsetIs(file, 1)
    answers(file.pwrite(bytes(7), 3), 1, 'a pwrite at 3')
    offsetIs(file, 1)
    holds(file, [1, 2, 3, 7])
    answers(file.pread(buffer, 4), 0, 'a pread at the end')
    answers(file.pread(buffer, 400), 0, 'a pread after the end')
  },

  'a negative position is EINVAL for pread, pwrite and seek, a negative length for truncate'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2))
    answers(file.pread(bytes(0), -1), 'EINVAL', 'pread at −1')
    answers(file.pwrite(bytes(0), -1), 'EINVAL', 'pwrite at −1')
    answers(file.seek(-1, SEEK_SET), 'EINVAL', 'seek to −1')
    answers(file.seek(-3, SEEK_CUR), 'EINVAL', 'seek by −3 from 2')
    answers(file.seek(-3, SEEK_END), 'EINVAL', 'seek to 3 before an end at 2')
    answers(file.truncate(-1), 'EINVAL', 'truncate to −1')
    offsetIs(file, 2)
    holds(file, [1, 2])
  },

  'seek counts from the start, the offset and the end, and answers where it came to'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2, 3, 4, 5))
    answers(file.seek(1, SEEK_SET), 1, 'seek 1 from the start')
    answers(file.seek(2, SEEK_CUR), 3, 'seek 2 from there')
    answers(file.seek(-1, SEEK_CUR), 2, 'seek −1 from there')
    answers(file.seek(-2, SEEK_END), 3, 'seek −2 from the end')
    answers(file.seek(10, SEEK_END), 15, 'seek 10 over the end')
    equal(statOf(file).size, 5, 'the size, which a seek does not change,')
  },

  'another origin than those three is EINVAL'(scene) {
    const { file } = fileOf(scene)
    for (const origin of [-1, 99]) answers(file.seek(0, origin), 'EINVAL', `seek from origin ${origin}`)
    offsetIs(file, 0)
  },

  'a write after the end leaves zeros between'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1))
    file.seek(3, SEEK_SET)
    answers(stream.write(bytes(2)), 1, 'a write after the end')
    answers(file.pwrite(bytes(3), 6), 1, 'a pwrite after the end')
    holds(file, [1, 0, 0, 2, 0, 0, 3])
  },

  'with APPEND each write lands at the end, pwrite too'(scene) {
    const { stream } = fileOf(scene)
    stream.write(bytes(1, 2))
    const handle = scene.table.insert(scene.object)
    scene.table.updateMetadata(handle, { specialSemantics: ['Append'] })
    equal(scene.open.status & APPEND, APPEND, 'the flag APPEND')
    scene.table.withObject(handle, (lent) => {
      const appending = { file: lent.as(FileOps), stream: lent.as(StreamOps) }
      appending.file?.seek(0, SEEK_SET)
      answers(appending.stream?.write(bytes(3)), 1, 'a write')
      answers(appending.file?.seek(0, SEEK_CUR), 3, 'the offset after it')
      appending.file?.seek(1, SEEK_SET)
      answers(appending.file?.pwrite(bytes(4), 0), 1, 'a pwrite')
      answers(appending.file?.seek(0, SEEK_CUR), 1, 'the offset after it')
      holds(appending.file, [1, 2, 3, 4])
      scene.table.updateMetadata(handle, { specialSemantics: [] })
      answers(appending.stream?.write(bytes(9)), 1, 'a write without APPEND')
      holds(appending.file, [1, 9, 3, 4])
    })
  },

  'truncate cuts, and extends with zeros, and leaves the offset'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2, 3, 4))
    answers(file.truncate(2), 0, 'truncate to 2')
    holds(file, [1, 2])
    answers(stream.read(new Uint8Array(4)), 0, 'a read after the end')
    answers(file.truncate(5), 0, 'truncate to 5')
    holds(file, [1, 2, 0, 0, 0])
    offsetIs(file, 4)
  },

  'what was cut off does not come back'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2, 3, 4))
    file.truncate(1)
    answers(file.pwrite(bytes(9), 3), 1, 'a pwrite after the end')
    holds(file, [1, 0, 0, 9])
  },

  'writing nothing after the end does not make it longer'(scene) {
    const { file } = fileOf(scene)
    answers(file.pwrite(bytes(), 10), 0, 'a pwrite of no bytes')
    equal(statOf(file).size, 0, 'size')
  },

  'stat tells the size and that it is a regular file, and wants room for it'(scene) {
    const { file, stream } = fileOf(scene)
    stream.write(bytes(1, 2, 3))
    const stat = statOf(file)
    equal(stat.size, 3, 'size')
    equal(stat.mode & S_IFMT, S_IFREG, 'the type in mode')
    answers(file.stat(new Uint8Array(STAT_BYTES - 1)), 'EINVAL', 'stat into too little room')
  },

  'sync answers 0'(scene) {
    const { file } = fileOf(scene)
    answers(file.sync(0), 0, 'sync')
    answers(file.sync(1), 0, 'sync of the data')
  },

  'mode and times that were set are told by stat, unless the kind has none'(scene) {
    const { file } = fileOf(scene)
    if (file.setMode(0o640) === 0) equal(statOf(file).mode & 0o7777, 0o640, 'mode')
    if (file.setTimes(1_000_000, 2_500_000) !== 0) return
    equal(statOf(file).atimeMs, 1000, 'atimeMs')
    equal(statOf(file).mtimeMs, 2500, 'mtimeMs')
  },
}

/** The same, where it can be duplicated. */
export const fileDupRules: Rules<ObjectScene> = {
  'a dup shares the offset: where one reads, the other goes on'(scene) {
    const { table } = scene
    const handle = table.insert(scene.object)
    const copy = table.dup(handle)
    const fork = scene.keep(table.deepClone())
    answers(
      table.withObject(handle, (it) => it.as(StreamOps)?.write(bytes(1, 2, 3))),
      3,
      'a write',
    )
    answers(
      table.withObject(copy, (it) => it.as(FileOps)?.seek(0, SEEK_CUR)),
      3,
      'the offset, seen through a dup,',
    )
    answers(
      table.withObject(copy, (it) => it.as(FileOps)?.seek(1, SEEK_SET)),
      1,
      'a seek of the dup',
    )
    answers(
      fork.withObject(copy, (it) => it.as(FileOps)?.seek(0, SEEK_CUR)),
      1,
      'the offset, seen through a fork,',
    )
  },
}

/** What has `FileOps` and no offset. */
export const noPositionRules: Rules<ObjectScene> = {
  'seek, pread and pwrite are ESPIPE, before any look at mode, position or origin'(scene) {
    const file = scene.methods(FileOps)
    answers(file.seek(0, SEEK_SET), 'ESPIPE', 'seek')
    answers(file.seek(0, 99), 'ESPIPE', 'seek from no origin')
    answers(file.pread(bytes(0), 0), 'ESPIPE', 'pread')
    answers(file.pwrite(bytes(0), 0), 'ESPIPE', 'pwrite')
  },
}

function fileOf(scene: ObjectScene): { file: FileMethods; stream: StreamMethods } {
  return { file: scene.methods(FileOps), stream: scene.methods(StreamOps) }
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}

function offsetIs(file: FileMethods, expected: number): void {
  answers(file.seek(0, SEEK_CUR), expected, 'the offset')
}

/** The whole of a file. */
function holds(file: FileMethods | undefined, expected: readonly number[]): void {
  const buffer = new Uint8Array(expected.length + 8)
  const count = file?.pread(buffer, 0) ?? -1
  check(count >= 0, `pread answered ${count}`)
  equalList(buffer.subarray(0, count), expected, 'the bytes of the file')
}

function statOf(file: FileMethods): Stat {
  const out = new Uint8Array(STAT_BYTES)
  answers(file.stat(out), 0, 'stat')
  return readStat(out)
}
