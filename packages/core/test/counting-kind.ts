import { defineKind, implement, StreamOps, type KernelObject, type Kind } from '../src/index.js'

/** What the hooks of one object saw. */
export interface Counts {
  clones: number
  drops: number
  releases: number
}

/** A kind whose objects count the calls of their hooks; `on` may make one throw or do something. */
export function countingKind(on: Partial<Record<'clone' | 'drop' | 'release', (counts: Counts) => void>> = {}): Kind<Counts> {
  return defineKind<Counts>({
    name: 'test-counting',
    capabilities: [implement(StreamOps, { read: () => 0 })],
    cloneForDup({ state }) {
      on.clone?.(state)
      state.clones++
    },
    dropHolder({ state }) {
      state.drops++
      on.drop?.(state)
    },
    release({ state }) {
      state.releases++
      on.release?.(state)
    },
  })
}

/** An object of a counting kind, and its counts. */
export function counting(kind: Kind<Counts> = countingKind()): { object: KernelObject; counts: Counts } {
  const counts = { clones: 0, drops: 0, releases: 0 }
  return { object: kind.open(counts), counts }
}

/** A kind without hooks, for tests that need objects and nothing of them. */
export const plainKind = defineKind<string>({ name: 'test-plain' })

/** An object of the plain kind. */
export function plain(name = ''): KernelObject {
  return plainKind.open(name)
}

/** The code of what a function throws, or 'nothing'. */
export function codeThrown(f: () => unknown): string {
  try {
    f()
  } catch (error) {
    return (error as { code?: string }).code ?? `not a HandleError: ${String(error)}`
  }
  return 'nothing'
}
