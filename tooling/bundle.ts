import { buildSync } from 'esbuild'
import { pathToFileURL } from 'node:url'

/**
 * Makes one file of a program's sources and all that they import, for tests that start it many times: a loader of
 * TypeScript takes five times as long. What the program finds beside itself, it finds beside its source.
 */
export function bundle(source: string, file: string): void {
  buildSync({
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@ht/source'],
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(source).href) },
    // Modules in CommonJS, in a file that is none.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.filename)" },
    logLevel: 'error',
  })
}
