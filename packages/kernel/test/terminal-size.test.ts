import { createKernel } from '@ht/kernel'
import { createSink, createSource, TIOCGWINSZ } from '@ht/kernel/stdio'
import { Readable, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Task } from '@ht/kernel'

/** What a task is told of the sizes of its handles: rows and columns, or the error. */
async function sizesOf(stdin: Readable, stdout: Writable, room = 8): Promise<unknown[]> {
  const sizes: unknown[] = []
  const kernel = createKernel()
  const look = (task: Task, handle: number) => {
    const size = new Uint8Array(room)
    const answer = task.ioctlErrno(handle, TIOCGWINSZ, size)
    return answer < 0 ? answer : [...new Uint16Array(size.buffer)].slice(0, 2)
  }
  const task = kernel.spawn((it) => sizes.push(look(it, 0), look(it, 1)) - 2, {
    stdin: createSource(stdin),
    stdout: createSink(stdout),
  })
  expect((await task.exited).error).toBeUndefined()
  kernel.close()
  return sizes
}

const terminal = <T extends object>(stream: T, size: object = {}): T => Object.assign(stream, { isTTY: true }, size)
const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() })

describe('the size of a terminal of the host’s (TIOCGWINSZ)', () => {
  it('is told of a stream that is one, 0 where it does not know', async () => {
    expect(await sizesOf(terminal(Readable.from([])), terminal(sink(), { rows: 24, columns: 100 }))).toEqual([
      [0, 0],
      [24, 100],
    ])
  })

  it('is ENOTTY of what is none, and EINVAL for too small a buffer', async () => {
    expect(await sizesOf(Readable.from([]), sink())).toEqual([-25, -25])
    expect(await sizesOf(Readable.from([]), terminal(sink()), 6)).toEqual([-25, -22])
  })
})
