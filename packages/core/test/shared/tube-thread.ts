import { parentPort } from 'node:worker_threads'
import { serveConformance } from '../../src/conformance/index.js'
import { tubeKind } from './tube-kind.js'

serveConformance(parentPort, [tubeKind])
