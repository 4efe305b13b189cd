import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import {
  createRegistry,
  defineCapability,
  defineKind,
  type Kind,
  HandleTable,
  implement,
  openObjectOf,
  StreamOps,
  type KernelObject,
  type StreamMethods,
} from '../src/index.js'
import { codeThrown, plainKind } from './counting-kind.js'

declare module '../src/kind/known-kinds.js' {
  interface KnownKinds {
    'test-known': { capabilities: StreamMethods }
  }
}

interface Lamp {
  switch(on: number, name: string, bytes: Uint8Array, other: KernelObject): number
  label(): string | number
}

const LampOps = defineCapability<Lamp>('test-lamp', {
  switch: { parameters: ['int', 'string', 'in', 'object'], result: 'int' },
  label: { parameters: [], result: 'string', absent: 'ENODEV' },
})

const lampKind = defineKind<{ on: number }>({
  name: 'test-lamp',
  capabilities: [
    implement(LampOps, {
      switch({ state }, on) {
        state.on = on
        return 0
      },
    }),
  ],
})

describe('defineKind', () => {
  it.each([
    [null, 'definition'],
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x', type: 1024 }, 'type'],
    [{ name: 'x', type: -1 }, 'type'],
    [{ name: 'x', version: 3 }, 'version'],
    [{ name: 'x', release: 'no' }, 'release'],
    [{ name: 'x', ready: {} }, 'ready'],
    [{ name: 'x', ready: null }, 'ready'],
    [{ name: 'x', capabilities: null }, 'capabilities'],
    [{ name: 'x', capabilities: [{}] }, 'capabilities'],
    [{ name: 'x', capabilities: [undefined] }, 'capabilities'],
    [{ name: 'x', capabilities: [implement(LampOps, {}), implement(LampOps, {})] }, 'capabilities'],
  ])('refuses %o by EINVAL that names %s', (definition, field) => {
    expect(() => defineKind(definition as never)).toThrow(`EINVAL: ${field} must be`)
  })

  it('takes the hooks that a definition inherits', () => {
    let released = 0
    class Definition {
      readonly name = 'test-inherited'
      release() {
        released++
      }
    }
    defineKind(new Definition()).open(null).release()
    expect(released).toBe(1)
  })

  it('opens objects with a mode and status flags, and refuses other ones', () => {
    expect(openObjectOf(plainKind.open('', { accessMode: 'WriteOnly' })).access).toBe(2)
    expect(codeThrown(() => plainKind.open('', { accessMode: 'Sideways' as never }))).toBe('EINVAL')
    expect(codeThrown(() => plainKind.open('', { status: -1 }))).toBe('EINVAL')
    expect(codeThrown(() => plainKind.open('', { status: 1 }))).toBe('EINVAL')
    expect(codeThrown(() => plainKind.open('', null as never))).toBe('EINVAL')
  })
})

describe('a registry', () => {
  it('holds kinds by name, in order', () => {
    const registry = createRegistry([plainKind, lampKind])
    expect(registry.get('test-lamp')).toBe(lampKind)
    expect(registry.get('else')).toBe(undefined)
    expect(registry.kinds()).toEqual([plainKind, lampKind])
    registry.register(lampKind)
    expect(registry.kinds().length).toBe(2)
  })

  it('refuses a second kind of one name by EEXIST that names both packages and versions', () => {
    const one = defineKind({ name: 'queue', package: 'acme-queue', version: '1.2.3' })
    const two = defineKind({ name: 'queue', package: 'other-queue', version: '4.5.6' })
    expect(() => createRegistry([one, two])).toThrow(
      'EEXIST: kind queue of other-queue 4.5.6 is already registered by acme-queue 1.2.3',
    )
  })

  it('refuses what is no kind, and a kind of another major version by name', () => {
    expect(codeThrown(() => createRegistry([{} as never]))).toBe('EINVAL')
    expect(codeThrown(() => createRegistry(3 as never))).toBe('EINVAL')
    expect(() => createRegistry([{ ...plainKind, [Symbol.for('@ht/core')]: 7 }])).toThrow('@ht/core 7')
  })
})

describe('capabilities', () => {
  it('as gives what the object can do, or nothing', () => {
    const lamp = lampKind.open({ on: 0 })
    expect(lamp.as(StreamOps)).toBe(undefined)
    expect(lamp.as(LampOps)).toBe(lamp.as(LampOps))
    expect(lamp.as(LampOps)!.switch(1, 'x', new Uint8Array(), lamp)).toBe(0)
    expect(openObjectOf(lamp).state).toEqual({ on: 1 })
  })

  it('a method that the kind leaves out answers the errno that the token names', () => {
    expect(lampKind.open({ on: 0 }).as(LampOps)!.label()).toBe(-19)
    expect(
      defineKind({ name: 'x', capabilities: [implement(LampOps, {})] })
        .open(null)
        .as(LampOps)!
        .switch(1, '', new Uint8Array(), lampKind.open({ on: 0 })),
    ).toBe(-95)
  })

  it('a token that is newer than the kind: its new methods answer the errno that it names', () => {
    const newer = defineCapability<Lamp & { dim(): number }>('test-lamp', {
      ...LampOps.methods,
      dim: { parameters: [], result: 'int', absent: 'ENOSYS' },
    })
    expect(lampKind.open({ on: 0 }).as(newer)!.dim()).toBe(-38)
  })

  it('no object has a capability by the name of what all objects of JavaScript have', () => {
    const token = defineCapability<{ f(): number }>('constructor', { f: { parameters: [], result: 'int' } })
    expect(plainKind.open('').as(token)).toBe(undefined)
    expect(codeThrown(() => plainKind.open('').as(undefined as never))).toBe('EINVAL')
    expect(codeThrown(() => defineCapability('x', undefined as never))).toBe('EINVAL')
  })

  it('a borrowed object will do where an object is asked for', () => {
    const table = new HandleTable()
    table.insert(lampKind.open({ on: 0 }))
    expect(table.withObject(0, (lamp) => lamp.as(LampOps)!.switch(1, 'x', new Uint8Array(), lamp as never))).toBe(0)
  })

  it('what only says that it is a Uint8Array is none', () => {
    const kind = defineKind({ name: 'x', capabilities: [implement(StreamOps, { read: (_, buffer) => buffer.length })] })
    const stream = kind.open(null).as(StreamOps)!
    for (const fake of [
      { [Symbol.toStringTag]: 'Uint8Array', length: -5 },
      Object.create(Uint8Array.prototype),
      new DataView(new ArrayBuffer(4)),
    ]) {
      expect(codeThrown(() => stream.read(fake as never))).toBe('EINVAL')
    }
  })

  it('arguments are checked against the signature', () => {
    const lamp = lampKind.open({ on: 0 })
    const bytes = new Uint8Array(2)
    const wrong: unknown[][] = [
      [1.5, 'x', bytes, lamp],
      ['1', 'x', bytes, lamp],
      [1, 2, bytes, lamp],
      [1, 'a\0b', bytes, lamp],
      [1, 'x', [1, 2], lamp],
      [1, 'x', new Uint16Array(2), lamp],
      [1, 'x', bytes, {}],
      [1, 'x', bytes],
    ]
    for (const args of wrong) {
      expect(codeThrown(() => (lamp.as(LampOps)!.switch as (...all: unknown[]) => number)(...args))).toBe('EINVAL')
    }
    expect(openObjectOf(lamp).state).toEqual({ on: 0 })
  })

  it('detached memory is EFAULT, and shared memory is fine', () => {
    const kind = defineKind({ name: 'x', capabilities: [implement(StreamOps, { read: (_, buffer) => buffer.length })] })
    const stream = kind.open(null).as(StreamOps)!
    const gone = new Uint8Array(8)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    expect(codeThrown(() => stream.read(gone))).toBe('EFAULT')
    expect(stream.read(new Uint8Array(new SharedArrayBuffer(8), 2, 3))).toBe(3)
    expect(stream.read(new Uint8Array(0))).toBe(0)
    expect(stream.read(Buffer.alloc(4))).toBe(4)
  })

  it('a released reference refuses', () => {
    const lamp = lampKind.open({ on: 0 })
    const ops = lamp.as(LampOps)!
    lamp.release()
    expect(codeThrown(() => ops.label())).toBe('EBADF')
    expect(codeThrown(() => lamp.as(LampOps))).toBe('EBADF')
  })
})

describe('two copies of core in one program', () => {
  it('work with each other’s kinds and objects', async () => {
    vi.resetModules()
    const other = await import('../src/index.js')
    expect(other.HandleTable).not.toBe(HandleTable)
    const released: string[] = []
    const kind = other.defineKind<string>({ name: 'test-other', release: ({ state }) => void released.push(state) })
    const table = new HandleTable({ kinds: [kind] })
    const handle = table.insert(kind.open('theirs'))
    expect(table.withObject(handle, (object) => object.kindName)).toBe('test-other')
    const there = new other.HandleTable()
    there.insert(table.get(handle)!)
    table.close(handle)
    expect(released).toEqual([])
    there.dispose()
    expect(released).toEqual(['theirs'])
    const mine = new other.HandleTable()
    mine.cloneFrom(table)
    expect(table.isSoleOwner()).toBe(false)
  })
})

describe('types', () => {
  it('is() narrows what as() gives to what the kind is sure to have', () => {
    const object = plainKind.open('')
    expectTypeOf(object.as(StreamOps)).toEqualTypeOf<StreamMethods | undefined>()
    const table = new HandleTable()
    table.withObject(table.insert(plainKind.open('')), (borrowed) => {
      // @ts-expect-error what is lent is not the borrower's to release, of whichever kind it is
      if (borrowed.is('test-known')) borrowed.release() // eslint-disable-line @typescript-eslint/no-unsafe-call -- as said
    })
    if (object.is('test-known')) {
      expectTypeOf(object.kindName).toEqualTypeOf<'test-known'>()
      expectTypeOf(object.as(StreamOps)).toEqualTypeOf<StreamMethods>()
      expectTypeOf(object.as(LampOps)).toEqualTypeOf<Lamp | undefined>()
    }
    expect(object.is('test-plain')).toBe(true)
  })

  it('open() is typed by the kind’s name, inferred or written out', () => {
    const inferred = defineKind({ name: 'test-known', capabilities: [implement(StreamOps, { read: () => 0, write: () => 0 })] })
    const written = defineKind<string, 'test-known'>({ name: 'test-known' })
    for (const object of [inferred.open(undefined), written.open('')]) {
      expectTypeOf(object.kindName).toEqualTypeOf<'test-known'>()
      expectTypeOf(object.as(StreamOps)).toEqualTypeOf<StreamMethods>()
      expect(object.kindName).toBe('test-known')
    }
    // A name that nobody has declared says nothing of what its objects can do, and a kind of any name is a kind.
    const unknown = defineKind({ name: 'test-unknown' })
    expectTypeOf(unknown.open(undefined).as(StreamOps)).toEqualTypeOf<StreamMethods | undefined>()
    expectTypeOf([inferred, written, unknown]).toExtend<Kind[]>()
    expectTypeOf(defineKind<string>({ name: 'test-plain' }).open('').kindName).toEqualTypeOf<string>()
  })

  it('a kind’s methods see its own state', () => {
    defineKind<{ on: number }>({
      name: 'x',
      capabilities: [
        implement(LampOps, {
          switch: ({ state }, on, name) => {
            expectTypeOf(state).toEqualTypeOf<{ on: number }>()
            expectTypeOf(on).toEqualTypeOf<number>()
            expectTypeOf(name).toEqualTypeOf<string>()
            return 0
          },
        }),
      ],
    })
    // @ts-expect-error a promise cannot travel
    defineCapability<{ f(): Promise<number> }>('x', { f: { parameters: [], result: 'object' } })
    // @ts-expect-error an optional parameter is a parameter
    defineCapability<{ f(a?: number): number }>('x', { f: { parameters: [], result: 'int' } })
    // @ts-expect-error a signature must say what the interface says
    defineCapability<Lamp>('x', { switch: { parameters: ['int'], result: 'int' }, label: { parameters: [], result: 'string' } })
  })
})
