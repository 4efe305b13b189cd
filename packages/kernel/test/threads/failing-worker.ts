import { runWorker } from '@ht/kernel/worker'

/* A worker whose module fails when it has loaded. */

runWorker()
throw Object.assign(new TypeError('x'.repeat(10_000)), { code: 'E_LARGE', parts: Array.from({ length: 1000 }, () => ({})) })
