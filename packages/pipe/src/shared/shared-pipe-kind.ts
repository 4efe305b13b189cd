import { defineKind } from '@ht/core'
import { inCommons, type CommonsEnd, type SharedMemory } from '@ht/core/shared'
import { pipeDefinition, type End } from '../pipe-kind.js'
import { PIPE_LAYOUT, READ_END } from './layout.js'
import { SharedPipe } from './shared-pipe.js'

/**
 * The kind of the ends of pipes in shared memory. It is `pipeKind` and more, under the same name: a thread that
 * registers it takes private pipes too.
 */
export const sharedPipeKind = defineKind<End, 'ht:pipe'>({
  ...pipeDefinition,
  shared: inCommons(PIPE_LAYOUT, (memory: SharedMemory, end) => new SharedEnd(memory, end)),
  release: ({ state }) => {
    if (state instanceof SharedEnd) state.release()
  },
})

/** One end of a pipe in shared memory, as one thread sees it. */
class SharedEnd implements End {
  readonly pipe: SharedPipe
  readonly reads: boolean
  readonly #end: CommonsEnd

  constructor(memory: SharedMemory, end: CommonsEnd) {
    this.pipe = new SharedPipe(memory, end.commons)
    this.reads = end.number === READ_END
    this.#end = end
  }

  release(): void {
    // A thread without this kind tells nobody of holders that go.
    this.#end.release(() => {
      this.pipe.count(this.reads, -1)
    })
  }
}
