import { runWorker } from '@ht/kernel/worker'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { becomesShout, shout, shoutsTwice } from './shout.js'

runWorker({
  kinds: [sharedPipeKind],
  pipe: createSharedPipe,
  programs: {
    shout,
    becomesShout,
    shoutsTwice,
    // Loaded when it is first started.
    whisper: async (task) => {
      const { whisper } = await import('./whisper.js')
      whisper(task)
    },
  },
})
