import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Comparison, hasTool, type Call, type Outcome } from './compare.js'

/**
 * Tests that a program does the same as the system's tool of its name, for each call of a list: of arguments alone, or
 * of all that a call may have. What all calls have in common comes first.
 */
export function testSame(tool: string, common: Omit<Call, 'args'>, cases: readonly (readonly string[] | Call)[]): void {
  const calls = cases.map((it): Call => ({ ...common, ...(isArguments(it) ? { args: it } : it) }))
  const isThere = tool === 'echo' || hasTool(tool)
  describe.skipIf(!isThere)(isThere ? tool : `${tool} (skipped: this system has no GNU ${tool})`, () => {
    let comparison: Comparison
    let theirs: readonly Outcome[]
    beforeAll(() => {
      comparison = new Comparison(tool, calls)
      theirs = comparison.theirs()
    })
    afterAll(() => {
      comparison.close()
    })
    it.each(calls.map((call, i) => ({ i, title: title(call) })))('$title', async ({ i }) => {
      expect(await comparison.ours(i)).toEqual(theirs[i])
    })
  })

  function title({ args, from, to }: Call): string {
    const shown = args.map((it) => (/^[\w./,:=+-]+$/.test(it) ? it : JSON.stringify(it))).join(' ')
    return `${tool} ${shown}${from === undefined ? '' : ` < ${from}`}${to === undefined ? '' : ` > ${to}`}`
  }
}

function isArguments(it: readonly string[] | Call): it is readonly string[] {
  return Array.isArray(it)
}
