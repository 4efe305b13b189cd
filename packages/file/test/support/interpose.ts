import { createRequire, syncBuiltinESMExports } from 'node:module'

type AnyFunction = (...args: unknown[]) => unknown

/** What was put between a program and `node:fs`. */
export interface Interposed {
  /** Whether the call came that was waited for. */
  reached(): boolean
  end(): void
}

/**
 * Calls `act` once, right before the synchronous call of `node:fs` with this number (from 0) that anybody makes
 * from now on. When it throws, that call fails so. `except`: calls that are not counted.
 */
export function rightBefore(moment: number, act: (call: string) => void, except: readonly string[] = []): Interposed {
  const real = createRequire(import.meta.url)('node:fs') as Record<string, AnyFunction>
  const names = Object.keys(real).filter((it) => it.endsWith('Sync') && !except.includes(it))
  const originals = new Map(names.map((it) => [it, real[it]!]))
  let calls = 0
  let reached = false
  for (const [name, original] of originals) {
    real[name] = (...args) => {
      if (!reached && calls++ === moment) {
        reached = true
        act(name)
      }
      return original(...args)
    }
  }
  syncBuiltinESMExports()
  return {
    reached: () => reached,
    end() {
      for (const [name, original] of originals) real[name] = original
      syncBuiltinESMExports()
    },
  }
}
