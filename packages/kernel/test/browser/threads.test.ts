import { constants } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, LIMIT_MS, startChromium } from './chromium.js'
import { pattern, Sum } from './pattern.js'
import { serveSite, type Site, type Variant } from './site.js'
import type { Browser, Page } from 'playwright-core'

const { EIO } = constants.errno

const executable = findChromium()
if (executable === undefined) console.warn('skipped, as there is no Chromium on the path: threads in a page')

let site: Site | undefined
let browser: Browser | undefined

beforeAll(async () => {
  if (executable === undefined) return
  site = await serveSite()
  browser = await startChromium(executable)
})

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

/** Tests in one page, which reports no error and ends without a worker. */
function inPage(what: string, variant: Variant, tests: (scene: (call: string) => Promise<unknown>) => void): void {
  describe.skipIf(executable === undefined)(what, () => {
    let page: Page
    const errors: string[] = []

    beforeAll(async () => {
      page = await browser!.newPage()
      page.setDefaultTimeout(LIMIT_MS)
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(site!.address(variant))
    })

    tests((call) => page.evaluate(`scenes.${call}`))

    it('leaves no worker running, and no error that nobody caught', async () => {
      await expect.poll(() => page.workers(), { timeout: LIMIT_MS }).toEqual([])
      expect(errors).toEqual([])
      await page.close()
    })
  })
}

/** What became of a scene that left nothing behind: no task, no open object, no pages of memory but those that are kept. */
const clean = (result: unknown, kept = 0) => ({ result, left: [0, 0, kept] })
/** What a thread that has made a call keeps for its next one. */
const CALL_PAGES = 17

const BYTES = 300_000
/** What is read of so many bytes. */
const read = summed(BYTES)
function summed(bytes: number): Sum['result'] {
  const sum = new Sum()
  for (let at = 0; at < bytes; at += 3000) sum.add(pattern(at, bytes))
  return sum.result
}

inPage('a page that is cross-origin isolated', 'isolated', (scene) => {
  it('has the hot steps in WebAssembly, and blocks in workers only', async () => {
    expect(await scene('sees()')).toEqual(clean({ hot: true, canWait: false, worker: { hot: true, canWait: true } }))
  })

  it('has a worker read from a pipe what another one writes, both blocking', async () => {
    expect(await scene(`twoWorkers(${String(BYTES)})`)).toEqual(clean([read, 0]))
  })

  it('reads with promises what a worker writes, blocking', async () => {
    expect(await scene(`pageReads(${String(BYTES)})`)).toEqual(clean([read, 0]))
  })

  it('writes with promises what a worker reads, blocking', async () => {
    expect(await scene(`pageWrites(${String(BYTES)})`)).toEqual(clean(read))
  })

  it('has a worker start another one, and wait for it', async () => {
    expect(await scene("says('pipeline')")).toEqual(clean([BYTES, 0]))
  })

  it('has two workers share a table (CLONE_FILES)', async () => {
    expect(await scene("says('shares')")).toEqual(clean([4, [0, 1, 2, 3], true]))
  })

  it('kills a program that blocks', async () => {
    expect(await scene("killed('blocks', 'TERM')")).toEqual(clean([['TERM', 'TERM'], '', summed(0)]))
  })

  it('kills programs whose time is over', async () => {
    expect(await scene('timesOut()')).toEqual(
      clean([
        [137, true],
        [137, true],
        [137, true],
      ]),
    )
  })

  // At the same time, as Chromium gives a worker that computes two seconds before it ends it.
  it.concurrent('kills a program in an endless loop: who reads from it gets end of file', async () => {
    expect(await scene("killed('spins', 'KILL')")).toEqual(clean([['KILL', 'KILL'], '', summed(0)]))
  })

  it.concurrent.each(['expected', 'attached', 'counting'])(
    'takes no worker for dead that still runs: killed when %s',
    async (moment) => {
      expect(await scene(`standsStill('${moment}')`)).toEqual(clean(expect.objectContaining({ more: 0 })))
    },
  )

  it.concurrent('ends its workers with their kernel', async () => {
    expect(await scene('closes()')).toEqual([137, 137])
  })

  it.concurrent('waits for a worker that does not answer no longer than it may', async () => {
    expect(await scene('callsSilent()')).toEqual(clean(-11, CALL_PAGES))
  })

  it('gives the number of a thread that has ended to the next one', async () => {
    expect(await scene('numbers()')).toEqual(clean([1, 1, 1]))
  })

  it('runs the programs of one task in a worker, also if it was started ahead', async () => {
    expect(await scene('startedAhead()')).toEqual([false, false, false])
  })

  it.concurrent('ends a worker that goes on after the end of its task', async () => {
    expect(await scene("ends('exitsAndSpins')")).toEqual(clean([5, 'undefined']))
  })

  it('ends a task whose worker dies of an error that nobody caught', async () => {
    expect(await scene("ends('crashes')")).toEqual(clean([1, expect.stringContaining('behind its back')]))
  })

  it('ends a task whose worker does not load', async () => {
    expect(await scene('noWorkerModule()')).toEqual(clean([1, 'Error: the worker did not load']))
  })

  it('ends a task whose module, or whose module of kinds, does not load', async () => {
    expect(await scene('noProgramModule()')).toEqual(clean([1, expect.stringContaining('nowhere.js')]))
    expect(await scene('noKindsModule()')).toEqual(clean([1, expect.stringContaining('nowhere.js')]))
  })

  it.each([
    ['blocks', 'keeps'],
    ['awaits', 'keepsAwaiting'],
  ])('calls an object that is at home in a worker that %s', async (_, name) => {
    expect(await scene(`callsWorker('${name}')`)).toEqual(clean([[1, 3, 6], 0, -EIO], CALL_PAGES))
  })

  it('is called by a worker for an object that is at home in the page', async () => {
    expect(await scene('workerCalls()')).toEqual(clean([11, 13, 16]))
  })
})

inPage('an isolated page that forbids WebAssembly', 'no-wasm', (scene) => {
  it('makes the hot steps in JavaScript', async () => {
    expect(await scene('sees()')).toEqual(clean({ hot: false, canWait: false, worker: { hot: false, canWait: true } }))
  })

  it('has pipes between workers, tables that they share, and calls', async () => {
    expect(await scene(`twoWorkers(${String(BYTES)})`)).toEqual(clean([read, 0]))
    expect(await scene("says('shares')")).toEqual(clean([4, [0, 1, 2, 3], true]))
    expect(await scene("callsWorker('keeps')")).toEqual(clean([[1, 3, 6], 0, -EIO], CALL_PAGES))
  })
})

inPage('a page that is not isolated', 'not-isolated', (scene) => {
  it('is told of both headers, and runs a kernel in one thread', async () => {
    const refused = {
      code: 'ENOTSUP',
      message: expect.stringMatching(
        /Cross-Origin-Opener-Policy: same-origin .*Cross-Origin-Embedder-Policy: require-corp/,
      ) as string,
    }
    expect(await scene('withoutIsolation()')).toEqual({ memory: refused, threads: refused, text: 'one thread' })
  })
})
