import { runIoWorker } from '@ht/kernel/worker'
import { createLocalSockets } from '@ht/socket'
import { createTcpSockets } from '@ht/socket/tcp'
import { slowSockets } from './io-slow-kind.js'

runIoWorker({ sockets: [createTcpSockets(), createLocalSockets(), slowSockets] })
