import * as fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errnoOf, type KernelObject } from '@ht/core'
import { createFsTree } from '../src/fs-like/index.js'
import { createHostTree } from '../src/host/index.js'
import { createMemoryTree } from '../src/memory/index.js'
import { LinuxSide } from './support/linux-side.js'
import { beginning, operation, type Operation } from './support/operations.js'
import { withDirectory } from './support/temporary.js'
import { TreeSide } from './support/tree-side.js'
import type { Answer } from './support/side.js'

/** How many operations one tree goes through. */
const LENGTH = 200

describe.runIf(process.platform === 'linux')('as Linux does it, in random operations', () => {
  it('100,000 on memory trees', () => agree(100_000, () => createMemoryTree().root()))

  it('20,000 on host trees', () => agree(20_000, (path) => createHostTree(path).root()))

  it('20,000 on trees over node:fs, where a removed directory is not there to be looked at', () =>
    agree(
      20_000,
      (path) => createFsTree(fs, path).root(),
      ({ call }, answer, expected) => call === 'fstat' && answer === -errnoOf('ENOENT') && /^40\d+ 0$/.test(String(expected)),
    ))
})

/** Whether a difference is one that the tree's documentation announces. */
type Accepted = (operation: Operation, answer: Answer, expected: Answer) => boolean

function agree(operations: number, rootOf: (path: string) => KernelObject, accepted: Accepted = () => false): void {
  const umask = process.umask(0)
  let compared = 0
  try {
    withDirectory((base) => {
      let run = 0
      const sides = fc.property(fc.array(operation, { maxLength: LENGTH, size: 'max' }), (list) => {
        const folder = join(base, String(run++))
        // Each in a directory of its own, so that a path that leads above the root meets nobody.
        for (const side of ['', '/tree', '/tree/root', '/linux', '/linux/root']) fs.mkdirSync(folder + side, 0o755)
        compared += compare(new TreeSide(rootOf(`${folder}/tree/root`)), new LinuxSide(`${folder}/linux/root`), list, accepted)
        fs.rmSync(folder, { recursive: true })
      })
      while (compared < operations) {
        const { counterexample, errorInstance, seed } = fc.check(sides, { numRuns: 100 })
        if (counterexample === null) continue
        const list = counterexample[0].map((each) => JSON.stringify(each)).join('\n')
        throw new Error(`seed ${seed}:\n${list}`, { cause: errorInstance })
      }
    })
  } finally {
    process.umask(umask)
  }
  expect(compared).toBeGreaterThanOrEqual(operations)
}

/** Does the operations on both. Those that lead above the root are left out: there the trees differ by intention. */
function compare(tree: TreeSide, linux: LinuxSide, list: readonly Operation[], accepted: Accepted): number {
  let done = 0
  try {
    for (const each of [...beginning, ...list]) {
      if ('path' in each && each.call !== 'symlink' && tree.leaves(each.path)) continue
      if ('newPath' in each && tree.leaves(each.newPath)) continue
      const answer = tree.run(each)
      const expected = linux.run(each)
      if (answer !== expected && !accepted(each, answer, expected)) {
        expect({ [done]: each, answer }).toEqual({ [done]: each, answer: expected })
      }
      if (answer !== 'closed') done++
    }
    expect(tree.picture()).toBe(linux.picture())
  } finally {
    tree.end()
    linux.end()
  }
  return done
}
