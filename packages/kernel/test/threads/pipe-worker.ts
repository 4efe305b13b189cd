import { runWorker } from '@ht/kernel/worker'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'

runWorker({ kinds: [sharedPipeKind], pipe: createSharedPipe })
