/** What each worker of htsh runs: the program of one task. */
import { sharedHostKinds } from '@ht/file/host-shared'
import { runWorker } from '@ht/kernel/worker'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { sharedLocalSocketKind } from '@ht/socket/shared'
import { programs } from '../../programs/index.js'

runWorker({ kinds: [sharedPipeKind, sharedLocalSocketKind, ...sharedHostKinds], pipe: createSharedPipe, programs })
