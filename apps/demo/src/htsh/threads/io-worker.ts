/** What the I/O worker of htsh runs: TCP is at home in it. */
import { runIoWorker } from '@ht/kernel/worker'
import { createTcpSockets } from '@ht/socket/tcp'

runIoWorker({ sockets: [createTcpSockets()] })
