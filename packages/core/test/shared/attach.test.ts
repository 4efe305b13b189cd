import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { defineKind } from '@ht/core'
import { createSharedMemory, createSharedTable, share } from '@ht/core/shared'
import { startThread } from '../../../../tooling/threads/start.js'

describe('a table in several threads', () => {
  it('another thread sees what is open', async () => {
    const memory = createSharedMemory()
    const table = createSharedTable(memory)
    const kind = defineKind<null>({ name: 'test' })
    table.insertAll([kind.open(null), kind.open(null)])
    const worker = startThread(new URL('./echo-thread.ts', import.meta.url), { token: share(table) })
    const [handles] = (await once(worker, 'message')) as [number[]]
    await once(worker, 'exit')
    expect(handles).toEqual([0, 1])
    table.dispose()
  })
})
