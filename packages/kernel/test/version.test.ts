import { expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { stdioKind } from '../src/index.js'

it('the kernel’s own kind carries the version of its package', () => {
  expect([stdioKind.package, stdioKind.version]).toEqual([manifest.name, manifest.version])
})
