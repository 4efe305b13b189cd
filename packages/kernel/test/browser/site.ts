import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { AddressInfo } from 'node:net'

/** Which headers a page and its scripts are served with. */
export type Variant = 'isolated' | 'no-wasm' | 'not-isolated'

/** No eval, no blob, nothing from elsewhere. */
const POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; base-uri 'none'"
/** Of the page, of its workers, and of what they run. */
const MODULES = [
  new URL('./page.ts', import.meta.url),
  new URL('./worker.ts', import.meta.url),
  new URL('./programs.ts', import.meta.url),
]
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
const HEADERS: Record<Variant, Record<string, string>> = {
  isolated: { ...ISOLATION, 'Content-Security-Policy': POLICY.replace('script-src', "script-src 'wasm-unsafe-eval'") },
  'no-wasm': { ...ISOLATION, 'Content-Security-Policy': POLICY },
  'not-isolated': { 'Content-Security-Policy': POLICY },
}

const PAGE = '<!doctype html><script type="module" src="page.js"></script>'

/** A page and what it loads, on a server of this machine. */
export interface Site {
  address(variant: Variant): string
  close(): Promise<void>
}

/** Bundles the page's modules from the sources, as an application would, and serves them. */
export async function serveSite(): Promise<Site> {
  return serveFiles(await bundle())
}

/** Serves files by their names, all in one folder. A page without an `index.html` loads `page.js`. */
export async function serveFiles(files: Map<string, Uint8Array>): Promise<Site> {
  const server = createServer((request, response) => {
    answer(files, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: (variant) => `http://127.0.0.1:${String(port)}/${variant}/`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** The modules, by their paths. */
async function bundle(): Promise<Map<string, Uint8Array>> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const { outputFiles } = await build({
    entryPoints: MODULES.map((it) => fileURLToPath(it)),
    outdir: folder,
    write: false,
    bundle: true,
    splitting: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: ['@ht/source'],
    dropLabels: ['PAUSE'],
    logLevel: 'error',
  })
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(folder.length), contents]))
}

function answer(files: Map<string, Uint8Array>, { url = '' }: IncomingMessage, response: ServerResponse): void {
  const [, variant = '', name = ''] = new URL(url, 'http://here').pathname.split('/')
  const isPage = name === ''
  const body = isPage ? (files.get('index.html') ?? PAGE) : files.get(name)
  if (body === undefined || !Object.hasOwn(HEADERS, variant)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { ...HEADERS[variant as Variant], 'Content-Type': isPage ? 'text/html' : 'text/javascript' })
  response.end(body)
}
