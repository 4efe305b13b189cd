import { parentPort, workerData } from 'node:worker_threads'
import { serveConformance } from '../../../src/conformance/index.js'
import { channelKindWith } from './channel-kind.js'
import { fileKindWith } from './file-kind.js'
import { mailboxKind } from '../../shared/mailbox-kind.js'
import type { Given } from './faults.js'

const { given } = workerData as { given: Given }
const kinds = { channel: channelKindWith, file: fileKindWith, mailbox: () => mailboxKind }
serveConformance(parentPort, [kinds[given.kind](given)])
