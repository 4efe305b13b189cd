import type { Runner } from '../../src/conformance/index.js'

/** What became of a suite: every rule that it ran, and of those that failed, how. */
export interface Outcome {
  readonly rules: ReadonlySet<string>
  readonly failed: ReadonlyMap<string, unknown>
}

/** Runs a suite with a runner that collects. Groups do not matter: a rule has one name in all of them. */
export async function outcomeOf(suite: (runner: Runner) => void): Promise<Outcome> {
  const tests: [string, () => Promise<void>][] = []
  suite({
    describe: (_name, body) => {
      body()
    },
    it: (name, body) => tests.push([name, body]),
  })
  const failed = new Map<string, unknown>()
  for (const [name, body] of tests) await body().catch((error: unknown) => failed.set(name, error))
  return { rules: new Set(tests.map(([name]) => name)), failed }
}
