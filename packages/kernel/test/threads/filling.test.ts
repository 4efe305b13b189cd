import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryTree, memoryKinds } from '@ht/file/memory'
import { createKernel, type Kernel, type Limits, type Task } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { A_STATE, A_USED, ACCOUNT_WORDS, H_PAGES_USED, H_RECORDS_USED, NAMES } from '../../../core/src/shared/words/layout.js'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'

const programs = bundled(new URL('./filling-programs.ts', import.meta.url))
const SORTS = ['pages', 'pipes', 'files', 'tables', 'names']
const LIMITS: Limits = { bytes: 4 * 2 ** 20, objects: 100, tables: 20, nameBytes: 4096 }
let kernel: Kernel | undefined

afterEach(async () => {
  await kernel?.close()
})

function start(limits?: Limits) {
  const threads = createThreads({
    createWorker: () => startThread(new URL('./pipe-worker.ts', import.meta.url), undefined),
    pipe: createSharedPipe,
    memory: { bytes: 16 * 2 ** 20, objects: 400, tables: 64 },
  })
  const made = (kernel = createKernel({
    kinds: [sharedPipeKind, ...memoryKinds],
    root: createMemoryTree().root(),
    threads,
    ...(limits && { limits }),
  }))
  const { words, accountsAt, threadLimit } = threads.memory
  const used = () => ({
    pages: words[H_PAGES_USED],
    records: words[H_RECORDS_USED],
    // What has no account, but for names, which last.
    charged: [...words.subarray(accountsAt + A_USED, accountsAt + A_USED + NAMES)],
    accounts: Array.from({ length: threadLimit }, (_, i) => words[accountsAt + i * ACCOUNT_WORDS + A_STATE]).filter(
      (it) => it !== 0,
    ).length,
  })
  return { kernel: made, used }
}

/** What a program says that needs a little of everything. */
const works = async (host: Kernel) => {
  const { text, error } = await host.run(programs, { worker: true, name: 'works', timeoutMs: 300_000 })
  return error ?? text
}
const WORKED = '[4,3]'

/** Starts a program that fills and stays, and waits until it says what it got. */
async function startFilling(host: Kernel, sorts: readonly string[]) {
  const controller = new AbortController()
  let tell: (errors: string[]) => void = () => undefined
  const full = new Promise<string[]>((resolve) => (tell = resolve))
  const reads = async (task: Task) => {
    const [reader, writer] = task.pipe2()
    task.dup2(writer, 1)
    task.close(writer)
    task.spawn(programs, { worker: true, name: 'fills', args: ['stays', ...sorts] })
    task.close(1)
    let said = ''
    for (let count = 1; count > 0 && said.split('\n').length <= sorts.length;) {
      const buffer = new Uint8Array(4096)
      count = await task.readAsync(reader, buffer)
      said += new TextDecoder().decode(buffer.subarray(0, count))
    }
    tell(said.split('\n').slice(0, -1))
    return new Promise<number>(() => undefined)
  }
  const run = host.run(reads, { signal: controller.signal }).catch((error: unknown) => error)
  const errors = await full
  return {
    errors,
    end: () => {
      controller.abort()
      return run
    },
  }
}

describe('a program that takes what it can get of the shared memory', () => {
  it('gets ENOMEM that names its limit, and leaves others able to work', async () => {
    const { kernel: host } = start(LIMITS)
    expect(await works(host)).toBe(WORKED)
    for (const sort of SORTS) {
      const { errors, end } = await startFilling(host, [sort])
      expect(errors[0], sort).toMatch(/ENOMEM.*limit reached/)
      expect(await works(host), sort).toBe(WORKED)
      await end()
    }
  })

  it('leaves half of it, if no limits are given', async () => {
    const { kernel: host } = start()
    const { errors, end } = await startFilling(host, SORTS)
    expect(errors).toEqual(SORTS.map(() => expect.stringMatching(/ENOMEM.*limit reached/) as string))
    expect(await works(host)).toBe(WORKED)
    await end()
  })

  it('leaves the kernel able to start the next one, where several together take all', async () => {
    const { kernel: host } = start({ bytes: 2 ** 30, objects: 1e6, tables: 1e6, nameBytes: 1e6 })
    const { errors, end } = await startFilling(host, ['pages', 'tables', 'names'])
    for (const error of errors) expect(error).toMatch(/ENOMEM.*shared memory is full/)
    // Its calls have no page to be written to.
    const { error } = await host.run(programs, { worker: true, name: 'works' })
    expect(String(error)).toMatch(/ENOMEM.*shared memory is full/)
    expect(await host.run(programs, { worker: true, name: 'ends' })).toMatchObject({ status: 4, error: undefined })
    await end()
    expect(await works(host)).toBe(WORKED)
  })

  it('counts together with all that it starts', async () => {
    const { kernel: host } = start(LIMITS)
    const { text, error } = await host.run(programs, { worker: true, name: 'fillsWithChild', timeoutMs: 300_000 })
    expect([text, error]).toEqual([expect.stringMatching(/limit reached: 4194304 bytes of pages/), undefined])
  })

  it('leaves nothing in use and nothing charged, however it ends', async () => {
    const { kernel: host, used } = start(LIMITS)
    expect(await works(host)).toBe(WORKED)
    const before = used()
    expect(before.accounts).toBe(0)
    for (const how of ['ends', 'throws', 'exits', 'spins']) {
      const result = await host.run(programs, {
        worker: true,
        name: 'fills',
        args: [how, ...SORTS],
        timeoutMs: how === 'spins' ? 2000 : 300_000,
      })
      expect(result.timedOut, how).toBe(how === 'spins')
      expect(used(), how).toEqual(before)
    }
    const { end } = await startFilling(host, SORTS)
    expect(used().accounts).toBe(1)
    await end()
    expect(used()).toEqual(before)
  })
})
