import { parentPort } from 'node:worker_threads'
import { serveConformance } from '@ht/core/conformance'
import { sharedLocalSocketKind } from '../../src/shared/index.js'

serveConformance(parentPort, [sharedLocalSocketKind])
