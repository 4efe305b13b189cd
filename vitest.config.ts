import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { packagesIn, root } from './tooling/workspace.mjs'

// Tests run against the sources: no build comes before them.
const conditions = ['@ht/source', 'module', 'node', 'development|production']

/** How long one test may take, on a busy machine too. */
const LIMIT_MS = 15 * 60_000

export default defineConfig({
  test: {
    // Many tests wait for other threads and processes: as many files at once as there are cores, not one less.
    maxWorkers: '100%',
    teardownTimeout: LIMIT_MS,
    projects: [...packagesIn('packages'), ...packagesIn('apps')].map(({ name, folder }) => ({
      root: relative(root, folder),
      resolve: { conditions },
      ssr: { resolve: { conditions, externalConditions: conditions } },
      test: {
        name,
        include: ['test/**/*.test.ts'],
        // No test depends on the machine's speed: only what hangs takes so long.
        testTimeout: LIMIT_MS,
        hookTimeout: LIMIT_MS,
      },
    })),
    coverage: {
      include: ['packages/*/src/**'],
    },
  },
})
