/**
 * The rules that every kind of object keeps, and every handle table, as tests for any runner. A rule that
 * does not hold fails under its own name.
 *
 * @example
 * import { describe, it } from 'node:test' // or vitest, mocha, jest
 * import { testKind } from '@ht/core/conformance'
 * import { createQueue, queueKind } from 'acme-queue'
 *
 * testKind({ describe, it }, {
 *   kind: queueKind,
 *   open: () => createQueue(),
 *   echoes: true, // what is written to a queue is read from it
 *   unit: 'messages', // a read takes what one write gave
 * })
 *
 * @packageDocumentation
 */

export { testKind } from './test-kind.js'
export { testSharedKind } from './test-shared-kind.js'
export { serveConformance, type ConformancePort } from './threads/serve.js'
export type { SharedKindDescription } from './threads/description.js'
export type { ConformanceWorker } from './threads/partner.js'
export { testTable } from './test-table.js'
export type { TableDescription } from './table/scene.js'
export type { Awaitable, KindDescription, Opened, OpenedPair, SocketDescription } from './kind/description.js'
export { ConformanceError } from './assert.js'
export type { Runner } from './runner.js'
