import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { packagesIn, root } from './tooling/workspace.mjs'

// Tests run against the sources: no build comes before them.
const conditions = ['@ht/source', 'module', 'node', 'development|production']

export default defineConfig({
  test: {
    // Many tests wait for other threads and processes: as many files at once as there are cores, not one less.
    maxWorkers: '100%',
    projects: [...packagesIn('packages'), ...packagesIn('apps')].map(({ name, folder }) => ({
      root: relative(root, folder),
      resolve: { conditions },
      ssr: { resolve: { conditions, externalConditions: conditions } },
      test: {
        name,
        include: ['test/**/*.test.ts'],
        // Property tests do 100,000 operations each, on slow machines too.
        testTimeout: 60_000,
      },
    })),
    coverage: {
      include: ['packages/*/src/**'],
    },
  },
})
