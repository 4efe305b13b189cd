import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, startChromium } from './chromium.js'
import { serveSite, type Site, type Variant } from './site.js'
import type { Browser } from 'playwright-core'

const executable = findChromium()
if (executable === undefined) console.warn('no Chromium on the path: tests of threads in a page are skipped')

describe.skipIf(executable === undefined)('threads in Chromium', () => {
  let site: Site | undefined
  let browser: Browser | undefined

  beforeAll(async () => {
    site = await serveSite()
    browser = await startChromium(executable!)
  })

  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  /** What a scene of the page gives, in a page of its own; whatever the page reports as an error fails it. */
  async function scene(call: string, variant: Variant = 'isolated'): Promise<unknown> {
    const context = await browser!.newContext()
    try {
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(site!.address(variant))
      const result: unknown = await page.evaluate(`scenes.${call}`)
      expect(errors).toEqual([])
      return result
    } finally {
      await context.close()
    }
  }

  for (const c of ['sees()', 'twoWorkers()', 'pageReads()', 'pageWrites()', 'families()', "killed('spins')", "killed('blocks')", 'timesOut()', 'many()', 'warm()', 'crashes()', 'noWorker()', 'noProgram()', 'closes()', "callsWorker('keeps')", "callsWorker('keepsAwaiting')", 'callsSilent()', 'workerCalls()', 'withoutIsolation()']) {
    it(c, async () => {
      const t = performance.now()
      const r = await scene(c, c.startsWith('without') ? 'not-isolated' : 'isolated')
      console.log(c, JSON.stringify(r), Math.round(performance.now() - t))
    }, 20000)
  }
})
