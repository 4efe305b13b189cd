/** What each worker of htsh runs: it takes one program after the other. */
import { runWorker } from '@ht/kernel/worker'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'

runWorker({ kinds: [sharedPipeKind], pipe: createSharedPipe })
