import { runWorker } from '@ht/kernel/worker'

runWorker()
