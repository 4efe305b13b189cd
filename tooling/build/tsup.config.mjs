// How every package is built. Its manifest's exports say which entries there are.
import { defineConfig } from 'tsup'
import { readPackage } from '../workspace.mjs'

const { entries } = readPackage(process.cwd())

export default defineConfig({
  entry: Object.fromEntries(entries.map((it) => [it.name, it.source])),
  // A second format would give each class a second identity.
  format: 'esm',
  // Entries of one package share what they have in common, for the same reason.
  splitting: true,
  target: 'es2022',
  platform: 'neutral',
  // Node's modules stay imports, with the prefix: without it, a bundler would look for a package `fs`.
  external: [/^node:/],
  removeNodeProtocol: false,
  // The maps point into src, which is shipped.
  sourcemap: true,
  // Rollup drops what is unused, and makes one import of what the modules import from a peer.
  treeshake: true,
  esbuildOptions(options) {
    options.sourcesContent = false
    // Places where tests hold a thread are not shipped.
    options.dropLabels = ['PAUSE']
  },
  dts: entries.some((it) => it.types !== undefined) && {
    compilerOptions: {
      composite: false,
      incremental: false,
      // tsup sets the option `baseUrl`, which TypeScript 6 calls an error otherwise.
      ignoreDeprecations: '6.0',
      // Against the other packages' declarations, as whoever installs them has it.
      customConditions: [],
      noEmit: false,
    },
  },
  clean: true,
})
