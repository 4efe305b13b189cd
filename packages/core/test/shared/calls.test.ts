import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineKind, HandleError, NONBLOCK, openObjectOf, type KernelObject } from '@ht/core'
import { createSharedMemory, createSharedTable } from '@ht/core/shared'
import { H_PAGES_USED, H_RECORDS_USED } from '../../src/shared/words/layout.js'
import { labOf } from './calls/lab-of.js'
import { endHome, startCaller, startHome, type TestHome } from './calls/start.js'
import { LabOps } from './calls/lab-ops.js'

describe('an object that is at home in another thread', () => {
  const memory = createSharedMemory({ bytes: 16 * 1024 * 1024 })
  const table = createSharedTable(memory)
  let home: TestHome
  let object: KernelObject

  beforeAll(async () => {
    home = await startHome(memory, table)
    object = table.get(home.handle)!
  })

  afterAll(async () => {
    object.release()
    await endHome(home)
    table.dispose()
  })

  const lab = () => labOf(object)
  const thrown = (call: () => unknown): unknown => {
    try {
      return call()
    } catch (error) {
      return error
    }
  }

  it('is of a kind that this thread does not have, and knows its name and capabilities', () => {
    expect(object.kindName).toBe('test-lab')
    expect(table.getObjectInfo(home.handle)).toMatchObject({ capabilities: ['test:lab'] })
  })

  it('is described by its home, which the thread that serves does not ask', async () => {
    expect(table.getObjectInfo(home.handle)?.description).toBe(`(at home in thread ${String(home.thread)})`)
    const caller = startCaller(memory, table, { handle: home.handle, task: 'describe' })
    expect(await caller.answer).toBe('lab first')
    await caller.ended
  })

  it('integers travel, also those of more than 32 bits', () => {
    expect(lab().add(-3, 2)).toBe(-1)
    expect(lab().add(Number.MAX_SAFE_INTEGER - 1, 1)).toBe(Number.MAX_SAFE_INTEGER)
    expect(lab().add(-(2 ** 40), 1)).toBe(1 - 2 ** 40)
  })

  it('texts travel as they are, however long', () => {
    expect(lab().join('', '')).toBe('')
    expect(lab().join('grüße ', '\ud83d\ude00\ud800')).toBe('grüße \ud83d\ude00\ud800')
    const long = 'x'.repeat(300_000)
    expect(lab().join(long, 'y') === long + 'y').toBe(true)
  })

  it('a text that comes back may be longer than everything that was sent', () => {
    const pages = memory.words[H_PAGES_USED]
    expect(lab().text(400_000) === 'é\ud800'.repeat(200_000)).toBe(true)
    expect(memory.words[H_PAGES_USED]).toBe(pages)
  })

  it('bytes travel there, from any offset and of any length', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i)
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [3, 10],
      [1, 5000],
    ] as const) {
      expect(lab().sum(bytes.subarray(from, to))).toBe(bytes.subarray(from, to).reduce((sum, byte) => sum + byte, 0))
    }
    expect(lab().sum(new Uint8Array(1_000_000).fill(1))).toBe(1_000_000)
  })

  it('bytes that were filled come back, as many as the answer says', () => {
    const buffer = new Uint8Array(10).fill(9)
    expect(lab().fill(buffer.subarray(1, 9), 5, 3)).toBe(3)
    expect([...buffer]).toEqual([9, 5, 5, 5, 9, 9, 9, 9, 9, 9])
    expect(lab().fill(buffer, 6, -11)).toBe(-11)
    expect([...buffer]).toEqual([9, 5, 5, 5, 9, 9, 9, 9, 9, 9])
  })

  it('bytes come back whole where the answer is no length of them', () => {
    const buffer = new Uint8Array(4)
    expect(lab().fill(buffer, 1, 0)).toBe(0)
    expect([...buffer]).toEqual([1, 1, 1, 1])
    expect(lab().fill(buffer, 2, 100)).toBe(100)
    expect([...buffer]).toEqual([2, 2, 2, 2])
    const [first, second] = [new Uint8Array(3), new Uint8Array(3)]
    expect(lab().fillTwo(first, 7, second)).toBe(1)
    expect([...first, ...second]).toEqual([7, 0, 0, 7, 7, 7])
  })

  it('bytes travel in both directions', () => {
    const bytes = Uint8Array.of(1, 2, 255)
    lab().invert(bytes)
    expect([...bytes]).toEqual([254, 253, 0])
    const many = new Uint8Array(200_000)
    lab().invert(many)
    expect(many.every((byte) => byte === 255)).toBe(true)
  })

  it('a new object comes back with one holder, and its release is carried out at home', () => {
    const records = memory.words[H_RECORDS_USED]
    const made = lab().make('made') as KernelObject
    expect(labOf(made).name()).toBe('made')
    expect(openObjectOf(made)).toMatchObject({ holders: 1, references: 1 })
    made.release()
    expect(lab().log()).toMatch(/drop:made:0 release:made$/)
    expect(memory.words[H_RECORDS_USED]).toBe(records)
  })

  it('an object of the home goes there and comes back as the same one', () => {
    const again = lab().same(object) as KernelObject
    expect(again.id).toBe(object.id)
    expect(openObjectOf(again)).toBe(openObjectOf(object))
    again.release()
    expect(openObjectOf(object).references).toBe(2)
  })

  it('a private object of the caller goes there, is called from there, and is private again', () => {
    const kind = defineKind<null>({ name: 'here', capabilities: [] })
    const mine = kind.open(null)
    const records = memory.words[H_RECORDS_USED]
    const again = lab().same(mine) as KernelObject
    expect(again.id).toBe(mine.id)
    expect(openObjectOf(mine).references).toBe(2)
    again.release()
    lab().add(0, 0)
    expect(openObjectOf(mine)).toMatchObject({ holders: 1, references: 1, released: false })
    expect(memory.words[H_RECORDS_USED]).toBe(records)
    mine.release()
  })

  it('an argument that has been released is EBADF, and nothing is sent', () => {
    const gone = lab().make('gone') as KernelObject
    gone.release()
    expect(thrown(() => lab().same(gone))).toMatchObject({ code: 'EBADF' })
  })

  it('a wrong argument of a call past the capability is EINVAL, and names it', () => {
    const open = openObjectOf(object)
    const methods = open.kind.methods[LabOps.name] as Record<string, (...args: unknown[]) => unknown>
    expect(thrown(() => methods['sum']?.(open, 'text'))).toMatchObject({ code: 'EINVAL' })
    expect(thrown(() => methods['add']?.(open, 1n, 2))).toMatchObject({
      message: 'EINVAL: argument 1 must be an integer, got 1, add',
    })
    expect(thrown(() => methods['same']?.(open, {}))).toMatchObject({ code: 'EINVAL' })
  })

  it('what a method throws is thrown in the caller, with its code', () => {
    const error = thrown(() => lab().fail('ENOSPC', 'the lab is full'))
    expect(error).toBeInstanceOf(HandleError)
    expect(error).toMatchObject({ code: 'ENOSPC', errno: 28, syscall: 'fail', message: 'ENOSPC: the lab is full, fail' })
  })

  it('an error that is none of ours keeps its name and message', () => {
    expect(thrown(() => lab().fail('', 'out of range'))).toMatchObject({ name: 'RangeError', message: 'out of range' })
  })

  it('an error of any length comes back', () => {
    const text = 'long '.repeat(40_000)
    expect((thrown(() => lab().fail('', text)) as Error).message === text).toBe(true)
  })

  it('a dup asks the kind at home, and a close tells it', () => {
    const made = table.insert(lab().make('dup') as KernelObject)
    const copy = table.dup(made)
    table.close(made)
    table.close(copy)
    // Both were told after both had gone, and each saw what it would have seen at once.
    expect(lab().log()).toMatch(/clone:dup:1 drop:dup:1 drop:dup:0 release:dup$/)
  })

  it('a fork asks too, and a removed handle is told when its reference is released', () => {
    const made = table.insert(lab().make('fork') as KernelObject)
    const fork = table.deepClone()
    table.remove(made)?.release()
    expect(lab().log()).toMatch(/clone:fork:1 drop:fork:1$/)
    fork.dispose()
    expect(lab().log()).toMatch(/drop:fork:0 release:fork/)
  })

  it('a kind that refuses a dup at home refuses it here, and nothing has changed', () => {
    const single = lab().make('single') as KernelObject
    const handle = table.insert(single)
    expect(thrown(() => table.dup(handle))).toMatchObject({ code: 'EMLINK' })
    expect(table.getObjectInfo(handle)).toMatchObject({ holders: 1, references: 1 })
    table.close(handle)
  })

  it('status flags that are set here are what the kind sees at home', () => {
    const open = openObjectOf(object)
    expect(lab().status()).toBe(0)
    open.status |= NONBLOCK
    expect(lab().status()).toBe(NONBLOCK)
    open.status = 0
  })

  it('memory that is too small for the arguments is ENOMEM, and the next call works', () => {
    const bytes = new Uint8Array(20 * 1024 * 1024)
    const pages = memory.words[H_PAGES_USED]
    expect(thrown(() => lab().sum(bytes))).toMatchObject({ code: 'ENOMEM' })
    expect(memory.words[H_PAGES_USED]).toBe(pages)
    expect(lab().add(1, 1)).toBe(2)
  })

  it('memory that is too small for the answer is ENOMEM, thrown in the caller', () => {
    expect(thrown(() => lab().text(10_000_000))).toMatchObject({ code: 'ENOMEM' })
    expect(lab().add(1, 1)).toBe(2)
  })
})
