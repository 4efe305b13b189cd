import { createKernel } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'

/** What the test has the page do: a kernel whose programs are found by their names, as a page's project has it. */
async function run(name: string, input: string): Promise<unknown> {
  const kernel = createKernel({
    kinds: [sharedPipeKind],
    threads: createThreads({
      createWorker: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
      pipe: createSharedPipe,
    }),
  })
  try {
    const { status, text, error } = await kernel.run(name, { worker: true, input })
    return { status, text, error: error instanceof Error ? String(error) : error }
  } finally {
    kernel.close()
  }
}

Object.assign(globalThis, { run })
