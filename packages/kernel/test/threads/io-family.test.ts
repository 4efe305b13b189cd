import { expect, it } from 'vitest'
import { AF_INET, SOCK_STREAM } from '@ht/core/socket'
import { createSharedMemory, createSharedTable } from '@ht/core/shared'
import { H_SERVER } from '../../../core/src/shared/words/layout.js'
import { IoFamily } from '../../src/threads/io-family.js'

it.each([0, 7])(
  'the kernel’s thread waits a bounded time for the I/O worker to start, whichever thread a worker says serves: %i',
  (server) => {
    const memory = createSharedMemory({ bytes: 16 * 2 ** 20 })
    const table = createSharedTable(memory)
    memory.words[H_SERVER] = server
    memory.waits.sleep = (_, ms) => {
      throw new Error(`sleeps for up to ${ms <= 10_000 ? 'ten seconds' : String(ms)}`)
    }
    const family = new IoFamily([AF_INET], () => ({ memory, table }))
    expect(() => family.open(AF_INET, SOCK_STREAM, 0)).toThrow('sleeps for up to ten seconds')
    table.dispose()
  },
)
