import { defineKind } from '@ht/core'
import { free, ownership, pause, SharedRing, type SharedMemory } from '@ht/core/shared'
import { pipeDefinition, type End } from '../pipe-kind.js'
import { CONNECTED, DETACHED, END_HEADER, END_SIDE, END_STAGE, GONE, LAST, READ_END, WRITE_END } from './layout.js'
import { SharedPipe } from './shared-pipe.js'

/**
 * The kind of the ends of pipes in shared memory. It is `pipeKind` and more, under the same name: a thread that
 * registers it takes private pipes too.
 */
export const sharedPipeKind = defineKind<End, 'ht:pipe'>({
  ...pipeDefinition,
  shared: {
    attach: (memory: SharedMemory, at) => new SharedEnd(memory, at),
    locks: ({ words }, at) => (words[at + END_STAGE] === CONNECTED ? SharedRing.locksAt(words[at + END_HEADER]!) : []),
  },
  release: ({ state }) => {
    if (state instanceof SharedEnd) state.release()
  },
})

/** One end of a pipe in shared memory, as one thread sees it. */
class SharedEnd implements End {
  readonly pipe: SharedPipe
  readonly reads: boolean
  /** The address of its own words. */
  readonly at: number

  constructor(memory: SharedMemory, at: number) {
    this.pipe = new SharedPipe(memory, memory.words[at + END_HEADER]!)
    this.reads = memory.words[at + END_SIDE] === READ_END
    this.at = at
  }

  /**
   * Takes the end off the pipe, and frees the pages after the last one. Run again when its thread has died half way:
   * how far it came stands in the end's own words, which are the record's and live as long as it.
   */
  release(): void {
    const { pipe, at } = this
    const { words } = pipe.memory
    const header = pipe.at
    if (words[at + END_STAGE] === CONNECTED) {
      const side = words[at + END_SIDE]!
      const gone = (Atomics.or(words, header + GONE, side) | side) & (READ_END | WRITE_END)
      words[at + END_STAGE] = gone === (READ_END | WRITE_END) ? LAST : DETACHED
      PAUSE: pause('pipe: end taken off')
      // A thread without this kind tells nobody of holders that go.
      if (gone === side) (this.reads ? pipe.forWriters : pipe.forReaders).wake()
    }
    if (words[at + END_STAGE] === LAST) {
      const { data } = pipe.ring
      const runOfHeader = ownership(pipe.memory, header)
      const runOfData = ownership(pipe.memory, data)
      words[runOfHeader.word] = runOfHeader.mine
      words[runOfData.word] = runOfData.mine
      words[at + END_STAGE] = DETACHED
      PAUSE: pause('pipe: pages to be freed')
      // From here on this thread answers for the pages, and its death frees them.
      free(pipe.memory, data)
      PAUSE: pause('pipe: bytes freed')
      free(pipe.memory, header)
    }
  }
}
