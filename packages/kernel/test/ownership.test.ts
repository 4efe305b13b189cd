import { describe, expect, it } from 'vitest'
import { defineKind, DirectoryOps, implement, openObjectOf, type Kind, type OpenObject } from '@ht/core'
import { createKernel, type Program } from '../src/index.js'
import { outcome, outcomeOf, untilEnd } from './support/kernel.js'

/** A tree of which each path names a directory, but `/none`, and each open object is known. */
function recordedTree(
  onMkdir = (): void => {
    throw new Error('broken')
  },
) {
  const opens: OpenObject[] = []
  const kind: Kind<string> = defineKind<string>({
    name: 'test-directory',
    capabilities: [
      implement(DirectoryOps, {
        openAt: (_: OpenObject<string>, path) => (path === '/none' ? -2 : open(path)),
        pathOf: ({ state }) => state,
        renameAt: () => 0,
        mkdirAt() {
          onMkdir()
          return 0
        },
      }),
    ],
  })
  const open = (path: string) => {
    const object = kind.open(path)
    opens.push(openObjectOf(object))
    return object
  }
  const held = () => opens.filter(({ released }) => !released).map(({ state, references }) => [state, references])
  return { root: open('/'), kinds: [kind as Kind], held }
}
const plain = defineKind({ name: 'test-plain' })

const nothing: Program = async () => {}

describe('directories', () => {
  it('are given back when they are left', () => {
    const { held, ...tree } = recordedTree()
    const kernel = createKernel(tree)
    const task = kernel.spawn(untilEnd)
    task.chdir('/a')
    task.chdir('/b')
    const handle = task.open('/c')
    task.fchdir(handle)
    expect(held()).toEqual([
      ['/', 1],
      ['/c', 2],
    ])
    task.close(handle)
    task.readdirErrno('/d')
    expect(held()).toEqual([
      ['/', 1],
      ['/c', 1],
    ])
    kernel.kill(task.id)
    expect(held()).toEqual([['/', 1]])
    kernel.close()
    expect(held()).toEqual([])
  })

  it('are given back when a call fails, or throws', () => {
    const { held, ...tree } = recordedTree()
    const kernel = createKernel({ ...tree, kinds: [...tree.kinds, plain] })
    const task = kernel.spawn(untilEnd, { handles: { 9: plain.open(undefined) } })
    const handle = task.open('/a')
    const info = task.queryHandle(9)
    expect([task.fchdirErrno(9), task.fchdirErrno(8), task.chdirErrno('/none'), task.renameatErrno(handle, 'x', 9, 'y')]).toEqual(
      [-20, -9, -2, -20],
    )
    expect([task.renameatErrno(handle, 'x', handle, 'y'), task.mkdiratErrno(handle, 'x'), task.mkdirErrno('/x')]).toEqual([
      0, -5, -5,
    ])
    expect(task.queryHandle(9)).toEqual(info)
    expect(held()).toEqual([
      ['/', 1],
      ['/', 1],
      ['/a', 1],
    ])
    kernel.close()
    expect(held()).toEqual([])
  })

  it('are shared with children, until the last of them has gone', () => {
    const { held, ...tree } = recordedTree()
    const kernel = createKernel(tree)
    const task = kernel.spawn(untilEnd, { cwd: '/a' })
    const children = [
      task.fork(untilEnd),
      task.spawn(untilEnd),
      task.clone(untilEnd, { files: true }),
      task.spawn(nothing, { cwd: '/b' }),
    ]
    expect(held()).toEqual([
      ['/', 1],
      ['/a', 1],
      ['/b', 1],
    ])
    kernel.kill(task.id)
    for (const child of children) kernel.kill(child.id)
    expect(held()).toEqual([['/', 1]])
    kernel.close()
    expect(held()).toEqual([])
  })

  it('are given back when a task cannot be started', async () => {
    const { held, ...tree } = recordedTree()
    const kernel = createKernel(tree)
    const before = held()
    expect(outcome(() => kernel.spawn(nothing, { cwd: '/a', stdin: 3 }))).toBe('EBADF')
    expect(outcome(() => kernel.spawn(nothing, { cwd: '/none' }))).toBe('ENOENT')
    expect(await outcomeOf(kernel.run(nothing, { cwd: '/a', input: 5 as never }))).toBe('EINVAL')
    expect(held()).toEqual(before)
    kernel.close()
    expect(outcome(() => kernel.spawn(nothing, { cwd: '/a' }))).toMatch(/ECANCELED|ENOENT/)
    expect(held()).toEqual([])
  })

  it('stay while they are used, whatever is called meanwhile', () => {
    const during: unknown[] = []
    const { held, ...tree } = recordedTree(() => {
      task.chdir('/b')
      during.push(...held())
    })
    const kernel = createKernel(tree)
    const task = kernel.spawn(untilEnd, { cwd: '/a' })
    task.mkdir('x')
    expect(during).toEqual([
      ['/', 1],
      ['/a', 1],
      ['/b', 1],
    ])
    expect(held()).toEqual([
      ['/', 1],
      ['/b', 1],
    ])
    kernel.close()
  })
})
