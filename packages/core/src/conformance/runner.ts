/** What the suites need of a test runner: vitest, node:test, mocha and jest all give it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

/** What must hold, by the sentence that says so. Each is given a scene of its own, which ends after it. */
export type Rules<S> = Readonly<Record<string, (scene: S) => void | Promise<void>>>

/** What a rule is tried on: made before it, ended after it. */
interface Ended {
  end(): void | Promise<void>
}

/** Gives each rule to the runner as a test. */
export function testRules<S extends Ended>({ it }: Runner, rules: Rules<S>, makeScene: () => S | Promise<S>): void {
  for (const [rule, body] of Object.entries(rules)) {
    it(rule, async () => {
      const scene = await makeScene()
      try {
        await body(scene)
      } catch (failure) {
        // The rule's own failure is the one to report: what cannot be ended after it only follows from it.
        await ended(scene).catch(() => undefined)
        throw failure
      }
      await ended(scene)
    })
  }
}

async function ended(scene: Ended): Promise<void> {
  await scene.end()
}
