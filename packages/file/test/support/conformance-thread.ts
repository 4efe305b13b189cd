import { parentPort } from 'node:worker_threads'
import { serveConformance } from '@ht/core/conformance'
import { sharedHostKinds } from '../../src/host/shared/index.js'

serveConformance(parentPort, sharedHostKinds)
