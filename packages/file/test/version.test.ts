import { expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { fsKinds } from '../src/fs-like/index.js'
import { hostKinds } from '../src/host/index.js'
import { memoryKinds } from '../src/memory/index.js'

it.each([...memoryKinds, ...hostKinds, ...fsKinds].map((kind) => [kind.name, kind] as const))(
  '%s carries the version of its package',
  (_, kind) => {
    expect([kind.package, kind.version]).toEqual([manifest.name, manifest.version])
  },
)
