import { createKernel, stdioKind, type Program } from '@ht/kernel'
import { describe, expect, it } from 'vitest'
import { Console } from '../../src/htsh/terminal/console.js'

const EAGAIN = -11

/** A console, what is on its screen, and how a program on it ends. */
function scene() {
  const shown: (string | Uint8Array)[] = []
  const written: (() => void)[] = []
  const console = new Console({
    write(bytes, done) {
      shown.push(bytes)
      if (done) written.push(done)
    },
  })
  const run = (program: Program) =>
    createKernel().spawn(program, { stdin: stdioKind.open(console, { accessMode: 'ReadWrite' }) }).exited
  return { console, shown, written, run }
}

const buffer = new Uint8Array(64)
const textOf = (count: number) => new TextDecoder().decode(buffer.subarray(0, count))

describe('the console', () => {
  it('gives one line to each read, and nothing before there is one', () => {
    const { console } = scene()
    expect(console.read(buffer)).toBe(EAGAIN)
    console.type('one')
    console.type('two')
    expect(textOf(console.read(buffer))).toBe('one\n')
    expect(textOf(console.read(buffer))).toBe('two\n')
    expect(console.read(buffer)).toBe(EAGAIN)
  })

  it('keeps what is left of a line for the next read', () => {
    const { console } = scene()
    console.type('handle')
    expect(textOf(console.read(buffer.subarray(0, 4)))).toBe('hand')
    expect(console.take()).toBe('le')
    expect(console.take()).toBeUndefined()
  })

  it('gives an end of file to one reader, program or prompt, and goes on', () => {
    const { console } = scene()
    console.type('before')
    console.end()
    console.type('after')
    expect(textOf(console.read(buffer))).toBe('before\n')
    expect(console.read(buffer)).toBe(0)
    expect(textOf(console.read(buffer))).toBe('after\n')
    console.end()
    expect(console.take()).toBeNull()
    expect(console.take()).toBeUndefined()
  })

  it('gives nothing but the end of file when the user has gone', () => {
    const { console } = scene()
    console.type('last')
    console.hangUp()
    expect(console.take()).toBe('last')
    expect([console.read(buffer), console.read(buffer), console.take()]).toEqual([0, 0, null])
  })

  it('forgets at an interrupt what was not read', () => {
    const { console } = scene()
    console.type('typed too soon')
    console.forget()
    expect(console.take()).toBeUndefined()
  })

  it('wakes a program that waits for a line', async () => {
    const { console, run } = scene()
    const exit = run(async (task) => {
      const waiting = task.readAsync(0, buffer)
      console.type('now')
      return waiting
    })
    expect(await exit).toMatchObject({ status: 4, error: undefined })
  })

  it('is one open object behind three handles', async () => {
    const { run, console, shown } = scene()
    const exit = await run((task) => {
      task.dup2(0, 1)
      task.dup2(0, 2)
      expect(new Set([0, 1, 2].map((handle) => task.table.getObjectInfo(handle)?.id)).size).toBe(1)
      expect(task.table.getObjectInfo(0)?.holders).toBe(3)
      task.write(2, new TextEncoder().encode('shown'))
      console.type('read')
      return task.read(1, buffer)
    })
    expect(exit).toMatchObject({ status: 5, error: undefined })
    expect(new TextDecoder().decode(shown[0] as Uint8Array)).toBe('shown')
  })

  it('makes a writer wait for a screen that is slow, and wakes it', async () => {
    const { run, written } = scene()
    const exit = await run(async (task) => {
      expect(task.write(0, new Uint8Array(70_000))).toBe(65_536)
      expect(task.writeErrno(0, new Uint8Array(1))).toBe(EAGAIN)
      const waiting = task.writeAsync(0, new Uint8Array(3))
      written[0]?.()
      return waiting
    })
    expect(exit).toMatchObject({ status: 3, error: undefined })
  })

  it('shows bytes that the writer does not change any more', () => {
    const { console, shown } = scene()
    const bytes = Uint8Array.of(104, 105)
    console.write(bytes)
    bytes.fill(0)
    expect(shown[0]).toEqual(Uint8Array.of(104, 105))
  })

  it('goes to a new line only from the middle of one', () => {
    const { console, shown } = scene()
    console.freshLine()
    console.write(Uint8Array.of(120))
    console.freshLine()
    console.freshLine()
    expect(shown.slice(1)).toEqual(['\n'])
    console.write(Uint8Array.of(120))
    // The user's Enter moves the cursor as well.
    console.type('')
    console.freshLine()
    expect(shown.slice(1)).toEqual(['\n', Uint8Array.of(120)])
  })
})
