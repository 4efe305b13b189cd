import { describe, expect, it } from 'vitest'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import os from 'node:os'
import { codeOf, errnoFrom, errnoOf, errorFrom, HandleError, isHandleError } from '../src/index.js'
import * as numbers from '../src/errors/numbers.js'

describe('HandleError', () => {
  it('says code, text, call, handle and task in a message for a person', () => {
    expect(new HandleError('EBADF', { syscall: 'read', handle: 7, task: 3 }).message).toBe(
      'EBADF: bad file descriptor, read (handle 7, task 3)',
    )
    expect(new HandleError('EPIPE').message).toBe('EPIPE: broken pipe')
    expect(String(new HandleError('EPIPE', { task: 1 }))).toBe('HandleError: EPIPE: broken pipe (task 1)')
  })

  it('has fields', () => {
    const cause = new Error('below')
    expect(new HandleError('EMFILE', { syscall: 'insert', handle: 2, cause })).toMatchObject({
      code: 'EMFILE',
      errno: 24,
      syscall: 'insert',
      handle: 2,
      task: undefined,
      cause,
    })
  })

  it('shows any value as a handle without running its code', () => {
    const hostile = {
      toString() {
        throw new Error('ran')
      },
    }
    expect(new HandleError('EINVAL', { handle: hostile }).message).toContain('handle an object')
    expect(new HandleError('EINVAL', { handle: Symbol('s') }).message).toContain('handle a symbol')
    expect(new HandleError('EINVAL', { handle: 'x'.repeat(100) }).message.length).toBeLessThan(100)
  })
})

describe('isHandleError', () => {
  it('knows one that was posted from another thread, and gives its fields back', () => {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(new HandleError('EBADF', { syscall: 'read', handle: 7, task: 3 }))
    const { message } = receiveMessageOnPort(port2) as { message: unknown }
    port1.close()
    expect(isHandleError(message)).toBe(true)
    expect(message).toMatchObject({ code: 'EBADF', errno: 9, syscall: 'read', handle: 7, task: 3 })
    const bare: unknown = structuredClone(new HandleError('EMFILE', { text: 'Too many, limit reached' }))
    expect(isHandleError(bare) && bare.code).toBe('EMFILE')
  })

  it('refuses others', () => {
    for (const value of [
      undefined,
      null,
      'EBADF: x',
      {},
      new Error('x'),
      new Error('EWHAT: x'),
      Object.assign(new Error('ENOENT: x'), { code: 'ENOENT' }),
    ]) {
      expect(isHandleError(value)).toBe(false)
    }
  })
})

describe('codes', () => {
  it.runIf(os.platform() === 'linux')('have the numbers of Linux', () => {
    for (const [name, number] of Object.entries(os.constants.errno)) {
      if (errnoOf(name) !== undefined) expect([name, errnoOf(name)]).toEqual([name, number])
    }
    expect(errnoOf('ENOTSUP')).toBe(95)
  })

  it('that core answers with itself are the same', () => {
    expect(Object.entries(numbers)).toEqual(Object.keys(numbers).map((name) => [name, errnoOf(name)]))
  })

  it('go both ways, and what is no code is EIO', () => {
    expect(codeOf(-9)).toBe('EBADF')
    expect(codeOf(9)).toBe('EBADF')
    expect(codeOf(12345)).toBe('EIO')
    expect(errnoOf('toString')).toBe(undefined)
    expect(errorFrom(-32, { syscall: 'write' }).message).toBe('EPIPE: broken pipe, write')
    expect([errnoFrom(Object.assign(new Error(), { code: 'ENOENT' })), errnoFrom(new Error()), errnoFrom(undefined)]).toEqual([
      -2, -5, -5,
    ])
  })
})
