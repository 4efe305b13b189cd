import { runIoWorker } from '@ht/kernel/worker'
import { createLocalSockets } from '@ht/socket'
import { createTcpSockets } from '@ht/socket/tcp'

runIoWorker({ sockets: [createTcpSockets(), createLocalSockets()] })
