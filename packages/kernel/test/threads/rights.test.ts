import { expect, it } from 'vitest'
import { createKernel } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { createSharedLocalSockets, sharedLocalSocketKind } from '@ht/socket/shared'
import { startThread } from '../../../../tooling/threads/start.js'

it('no byte reaches a socket whose only handles are read-only, whatever another task makes a number name', async () => {
  const threads = createThreads({
    createWorker: () => startThread(new URL('./rights-worker.ts', import.meta.url), undefined),
    pipe: createSharedPipe,
  })
  const kernel = createKernel({
    kinds: [sharedPipeKind, sharedLocalSocketKind],
    sockets: [createSharedLocalSockets(() => threads.memory)],
    threads,
  })
  try {
    const { status, text, stderr } = await kernel.run('changes', { worker: true, args: ['100000'] })
    expect([status, stderr.length]).toEqual([0, 0])
    const { leaked, written, refused } = JSON.parse(text) as Record<'leaked' | 'written' | 'refused', number>
    expect(leaked).toBe(0)
    expect([written > 0, refused > 0]).toEqual([true, true])
  } finally {
    await kernel.close()
  }
})
