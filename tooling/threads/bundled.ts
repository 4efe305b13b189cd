import { buildSync } from 'esbuild'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const made = new Map<string, URL>()
const folder = new URL('../../node_modules/.cache/threads/', import.meta.url)

/**
 * The address of one file with all that a TypeScript module imports, for threads that are started many times: a loader
 * of TypeScript takes ten times as long. Made once a process, from the sources. What the module finds beside itself by
 * `import.meta.url`, it finds beside the file; it is to name other modules by what it is given.
 */
export function bundled(module: URL, conditions: readonly string[] = ['@ht/source']): URL {
  const key = [module.href, ...conditions].join(' ')
  const known = made.get(key)
  if (known !== undefined) return known
  const name = createHash('sha256').update(key).digest('hex').slice(0, 16)
  // Tests run in several processes at once, and may not read what another one is writing.
  const file = fileURLToPath(new URL(`${name}-${String(process.pid)}.mjs`, folder))
  mkdirSync(folder, { recursive: true })
  buildSync({
    entryPoints: [fileURLToPath(module)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: [...conditions],
    sourcemap: 'inline',
    logLevel: 'error',
  })
  const address = pathToFileURL(file)
  made.set(key, address)
  process.once('exit', () => {
    rmSync(file, { force: true })
  })
  return address
}
