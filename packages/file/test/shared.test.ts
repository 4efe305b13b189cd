import { describe, expect, it } from 'vitest'
import { errnoOf, O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } from '@ht/core'
import * as errno from '../src/errno.js'
import { nativeFlags } from '../src/fs-like/native-flags.js'
import { isPlainName } from '../src/fs-like/plain-name.js'
import { secondsOf } from '../src/fs-like/seconds.js'
import { openFlags, type OpenMode } from '../src/index.js'

describe('errno', () => {
  it('has the numbers that core has', () => {
    for (const [code, number] of Object.entries(errno)) expect([code, number]).toEqual([code, errnoOf(code)])
  })
})

describe('openFlags', () => {
  it('says in flags what fopen says in letters', () => {
    const expected: Record<OpenMode, number> = {
      r: O_RDONLY,
      'r+': O_RDWR,
      rs: O_RDONLY | O_SYNC,
      'rs+': O_RDWR | O_SYNC,
      w: O_WRONLY | O_CREAT | O_TRUNC,
      'w+': O_RDWR | O_CREAT | O_TRUNC,
      wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
      'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
      a: O_WRONLY | O_CREAT | O_APPEND,
      'a+': O_RDWR | O_CREAT | O_APPEND,
      ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
      'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
      as: O_WRONLY | O_CREAT | O_APPEND | O_SYNC,
      'as+': O_RDWR | O_CREAT | O_APPEND | O_SYNC,
    }
    for (const [mode, flags] of Object.entries(expected)) expect([mode, openFlags(mode as OpenMode)]).toEqual([mode, flags])
  })
  it('refuses all else', () => {
    for (const mode of ['', 'x', 'rw', 'rx', 'ws', 'r++', 7, null] as unknown as OpenMode[]) {
      expect(() => openFlags(mode)).toThrow(/EINVAL: mode/)
    }
  })
})

describe('flags of a file system with other numbers', () => {
  it('are translated by name, and what it does not know is left out', () => {
    const constants = { O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 0x200, O_TRUNC: 0x400, O_APPEND: 8 }
    expect(nativeFlags(O_RDWR | O_CREAT | O_EXCL, constants)).toBe(0x202)
    expect(nativeFlags(O_WRONLY | O_APPEND | O_TRUNC, constants)).toBe(0x409)
    expect(nativeFlags(O_WRONLY | O_APPEND, undefined)).toBe(O_WRONLY | O_APPEND)
  })
})

describe('seconds for a file system that cuts off', () => {
  it('keep every microsecond', () => {
    for (let i = 0; i < 100_000; i++) {
      const microseconds = 1_700_000_000_000_000 + i * 9_973_391
      const seconds = Number(secondsOf(microseconds, 0))
      const whole = Math.trunc(seconds)
      expect(whole * 1_000_000 + Math.trunc((seconds - whole) * 1e6)).toBe(microseconds)
    }
  })
})

describe('names on Windows', () => {
  it('are refused when a path there would take them for more, or for a device', () => {
    for (const name of ['..\\secret', 'a\\b', 'C:', 'f:stream', 'nul', 'NUL.txt', 'com1', 'a.', 'a ', '...', 'a?']) {
      expect([name, isPlainName(name, true), isPlainName(name, false)]).toEqual([name, false, true])
    }
    for (const name of ['a', 'a.txt', '.hidden', 'console', 'nullify', 'com', 'ä b']) expect(isPlainName(name, true)).toBe(true)
  })
})
