import { SEEK_SET } from '../../ops/file.js'
import { answers, equal, equalList } from '../assert.js'
import type { Rules } from '../runner.js'
import type { SharedScene } from './scene.js'

/** An empty file that is open for reading and writing: one offset and one length, whichever thread moves them. */
export const sharedFileRules: Rules<SharedScene> = {
  async 'the offset is the object’s: where one thread writes, another one goes on'({ here, there, reader: file }) {
    answers(here.write(file, bytes(1, 2, 3)), 3, 'a write')
    answers(await there.ask('offset', file), 3, 'the offset in the other thread')
    answers(await there.ask('write', file, bytes(4)), 1, 'a write in the other thread')
    answers(here.offset(file), 4, 'the offset')
    answers(await there.ask('seek', file, 1, SEEK_SET), 1, 'a seek in the other thread')
    equalList(here.read(file, 2).bytes, [2, 3], 'bytes read')
    equalList((await there.ask('read', file, 9)).bytes, [4], 'bytes read in the other thread')
    answers(here.offset(file), 4, 'the offset at the end')
  },

  async 'threads that write at the same time overwrite nothing of each other'({ here, there, reader: file }) {
    const times = 500
    const written = there.ask('writeTimes', file, bytes(2, 2, 2, 2), times)
    equal(here.writeTimes(file, bytes(1, 1, 1, 1), times), times, 'writes of this thread')
    equal(await written, times, 'writes of the other thread')
    holdsPieces(file, here, times)
  },

  async 'APPEND that one thread sets has the writes of all go to the end, until one clears it'({ here, there, reader: file }) {
    answers(here.write(file, bytes(1)), 1, 'a write')
    answers(await there.ask('write', file, bytes(2)), 1, 'a write in the other thread')
    answers(here.setFlags(file, ['Append']), 0, 'to set Append')
    answers(here.seek(file, 0, SEEK_SET), 0, 'a seek')
    answers(await there.ask('write', file, bytes(3)), 1, 'a write in the other thread')
    answers(here.size(file), 3, 'the size')
    answers(here.seek(file, 0, SEEK_SET), 0, 'a seek')
    answers(here.write(file, bytes(4)), 1, 'a write')
    answers(here.size(file), 4, 'the size')
    answers(await there.ask('setFlags', file, []), 0, 'to clear Append in the other thread')
    answers(here.seek(file, 0, SEEK_SET), 0, 'a seek')
    answers(here.write(file, bytes(9)), 1, 'a write without Append')
    answers(await there.ask('write', file, bytes(9)), 1, 'a write without Append in the other thread')
    answers(here.size(file), 4, 'the size')
  },

  async 'a length that one thread sets is the length for all'({ here, there, reader: file }) {
    answers(here.write(file, bytes(1, 2, 3, 4)), 4, 'a write')
    answers(await there.ask('truncate', file, 2), 0, 'a truncate in the other thread')
    answers(here.size(file), 2, 'the size')
    answers(here.truncate(file, 9), 0, 'a truncate')
    answers(await there.ask('size', file), 9, 'the size in the other thread')
    answers(await there.ask('offset', file), 4, 'the offset, which stays,')
  },
}

/** As many pieces of each thread as it wrote, and none torn. */
function holdsPieces(file: number, here: SharedScene['here'], times: number): void {
  answers(here.size(file), times * 8, 'the size')
  answers(here.seek(file, 0, SEEK_SET), 0, 'a seek')
  const pieces = { 1: 0, 2: 0 }
  for (let i = 0; i < times * 2; i++) {
    const { bytes: piece } = here.read(file, 4)
    const first = piece[0] as 1 | 2
    equalList(piece, [first, first, first, first], 'a piece')
    pieces[first]++
  }
  equalList([pieces[1], pieces[2]], [times, times], 'pieces of the one thread and of the other')
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}
