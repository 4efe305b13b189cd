import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, startChromium } from './chromium.js'
import { serveFiles, type Site } from './site.js'
import type { Browser, Page } from 'playwright-core'

const executable = findChromium()
if (executable === undefined) console.warn('skipped, as there is no Chromium on the path: a page built by Vite')

let browser: Browser | undefined

beforeAll(async () => {
  if (executable !== undefined) browser = await startChromium(executable)
})

afterAll(() => browser?.close())

/** Builds the page for production, with Vite's own settings for all but the form of its worker. */
async function buildPage(workerFormat: 'es' | 'iife'): Promise<Map<string, Uint8Array>> {
  const built = await build({
    root: fileURLToPath(new URL('./vite/', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    base: './',
    worker: { format: workerFormat },
    resolve: { conditions: ['@ht/source', 'module', 'browser', 'production'] },
    build: { write: false, assetsDir: '' },
  })
  if (!('output' in built)) throw new Error('one build was expected')
  const encoder = new TextEncoder()
  return new Map(
    built.output.map((it) => {
      const contents = it.type === 'chunk' ? it.code : it.source
      return [it.fileName, typeof contents === 'string' ? encoder.encode(contents) : contents]
    }),
  )
}

describe.skipIf(executable === undefined).each(['iife', 'es'] as const)(
  'a page built by Vite for production, its worker as %s',
  (format) => {
    let site: Site
    let page: Page
    const errors: string[] = []
    const run = (name: string, input: string) =>
      page.evaluate(([program, text]) => (globalThis as unknown as PageGlobals).run(program, text), [name, input] as const)

    beforeAll(async () => {
      site = await serveFiles(await buildPage(format))
      page = await browser!.newPage()
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(site.address('isolated'))
    })

    afterAll(async () => {
      await page.close()
      await site.close()
      expect(errors).toEqual([])
    })

    it('runs a program by its name in a worker', async () => {
      expect(await run('shout', 'hello')).toEqual({ status: 0, text: 'HELLO', error: undefined })
    })

    it('loads a program when it is first started', async () => {
      expect(await run('whisper', 'Hello')).toEqual({ status: 0, text: 'hello', error: undefined })
    })

    it('has a program take the place of another one (exec)', async () => {
      expect(await run('becomesShout', 'hello')).toEqual({ status: 0, text: 'HELLO', error: undefined })
    })

    it('has a program start others by their names', async () => {
      expect(await run('shoutsTwice', 'hello')).toEqual({ status: 0, text: 'HELLO', error: undefined })
    })

    it('tells which programs there are when one is not', async () => {
      expect(await run('shut', '')).toMatchObject({
        status: 1,
        error: expect.stringMatching(
          /^HandleError: ENOENT: no program is named "shut" .*: shout, becomesShout, shoutsTwice, whisper$/,
        ) as string,
      })
    })
  },
)

interface PageGlobals {
  run(name: string, input: string): Promise<unknown>
}
