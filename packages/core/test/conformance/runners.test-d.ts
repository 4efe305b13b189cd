import * as node from 'node:test'
import * as vitest from 'vitest'
import type { Runner } from '../../src/conformance/index.js'

// A suite takes what runners export as it is.
export const runners: Runner[] = [
  { describe: vitest.describe, it: vitest.it },
  { describe: node.describe, it: node.it },
  { describe: node.describe, it: node.test },
]
