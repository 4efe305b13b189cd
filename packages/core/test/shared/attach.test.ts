import { describe, expect, it } from 'vitest'
import { defineKind } from '@ht/core'
import { createSharedMemory, createSharedTable, share } from '@ht/core/shared'
import { startThread } from '../../../../tooling/threads/start.js'
import { Watch } from '../../../../tooling/threads/watch.js'

describe('a table in several threads', () => {
  it('another thread sees what is open', async () => {
    const memory = createSharedMemory()
    const table = createSharedTable(memory)
    const kind = defineKind<null>({ name: 'test' })
    table.insertAll([kind.open(null), kind.open(null)])
    const thread = new Watch(startThread(new URL('./echo-thread.ts', import.meta.url), { token: share(table) }))
    expect(await thread.next()).toEqual([0, 1])
    expect(await thread.exited).toBe(0)
    table.dispose()
  })
})
