import { expect, it, vi } from 'vitest'
import { defineKind, type HandleType } from '@ht/core'
import { acquire, openShared, release, createAccount, createSharedMemory, createSharedTable } from '@ht/core/shared'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { T_ACCOUNT, H_LOCK } from '../../src/shared/words/layout.js'
import { roleHere, roleThere } from '../../src/shared/words/roles.js'
import { NUMBERED_ROLES, ROLE_SHIFT, roleNumber } from '../../src/table/metadata.js'
import type { SharedMemory } from '../../src/shared/thread/memory.js'

const kindNamed = (name: string) => defineKind<null>({ name, package: 'test', version: '1.0.0', capabilities: [] })
const packed = (role: string) => roleNumber(role) << ROLE_SHIFT
const isKept = (memory: SharedMemory, role: string) => roleThere(memory, packed(role)) >> ROLE_SHIFT > NUMBERED_ROLES

it('roles that fill their room leave kinds theirs', () => {
  const memory = createSharedMemory({ bytes: 2 ** 21, objects: 64 })
  const table = createSharedTable(memory)
  let kept = 0
  while (isKept(memory, `${'r'.repeat(1000)}${String(kept)}`)) kept++
  expect(kept).toBeGreaterThan(20)
  expect(table.insert(kindNamed('after-the-roles').open(null))).toBe(0)
  expect(table.getObjectInfo(0)?.kindName).toBe('after-the-roles')
  table.dispose()
})

it('the roles of one account’s threads leave room for those of others', () => {
  const memory = createSharedMemory({ bytes: 2 ** 21, objects: 64 })
  const first = joinMemory(memory.source, memory.words, undefined, {})
  const second = joinMemory(memory.source, memory.words, undefined, {})
  memory.words[first.threadAt + T_ACCOUNT] = createAccount(memory).number
  expect(isKept(first, 'f'.repeat(40_000))).toBe(false)
  let kept = 0
  while (isKept(first, `first ${String(kept)}`)) kept++
  expect(kept).toBeGreaterThan(50)
  const role = packed('of the second')
  expect(roleHere(memory, roleThere(second, role))).toBe(role)
  // One that is there already is everybody's.
  expect(isKept(first, 'of the second')).toBe(true)
})

it.each(['insert', 'replace'] as const)(
  '%s loses no role that the kind infers where the memory’s lock is not to be had: EAGAIN, and nothing has changed',
  (call) => {
    const kind = defineKind<null>({
      name: 'test-infers',
      shared: { attach: () => null },
      inferMetadata: () => ({ handleType: 'of the kind' as HandleType }),
    })
    const memory = createSharedMemory({ bytes: 2 ** 21, objects: 64, kinds: [kind] })
    const other = joinMemory(memory.source, memory.words, undefined, {})
    memory.ending.add(other.thread)
    const table = createSharedTable(memory)
    const object = openShared(memory, kind)
    const place = () => (call === 'insert' ? table.insert(object) : table.replace(0, object))
    acquire(other, H_LOCK)
    expect(place).toThrow(/^EAGAIN/)
    expect(table.activeHandles()).toEqual([])
    release(other, H_LOCK)
    expect(place()).toBe(0)
    expect(table.getMetadata(0)?.handleType).toBe('of the kind')
    table.dispose()
  },
)

it('a role’s name is looked for in the memory once, however many handles have it', () => {
  const kind = defineKind<null>({
    name: 'test-infers-often',
    shared: { attach: () => null },
    inferMetadata: () => ({ handleType: 'of the kind' as HandleType }),
  })
  const memory = createSharedMemory({ bytes: 2 ** 21, objects: 64, kinds: [kind] })
  const table = createSharedTable(memory)
  const place = () => {
    const handle = table.insert(openShared(memory, kind))
    const { handleType } = table.getMetadata(handle)!
    table.close(handle)
    return handleType
  }
  expect(place()).toBe('of the kind')
  const texts = [vi.spyOn(TextEncoder.prototype, 'encode'), vi.spyOn(TextDecoder.prototype, 'decode')]
  try {
    for (let i = 0; i < 5; i++) expect(place()).toBe('of the kind')
    expect(texts.map((it) => it.mock.calls.length)).toEqual([0, 0])
  } finally {
    vi.restoreAllMocks()
  }
  table.dispose()
})
