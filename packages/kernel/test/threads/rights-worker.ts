import { runWorker } from '@ht/kernel/worker'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { sharedLocalSocketKind } from '@ht/socket/shared'
import { rightsPrograms } from './rights-programs.js'

runWorker({ kinds: [sharedPipeKind, sharedLocalSocketKind], pipe: createSharedPipe, programs: rightsPrograms })
