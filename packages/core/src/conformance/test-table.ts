import { checkFunction } from '../errors/check.js'
import { testRules, type Runner } from './runner.js'
import { closingRules } from './table/closing.js'
import { duplicatingRules } from './table/duplicating.js'
import { metadataRules } from './table/metadata.js'
import { ownerRules } from './table/owners.js'
import { limitRules, placingRules, reservingRules } from './table/placing.js'
import { TableScene, type TableDescription } from './table/scene.js'
import { usingRules } from './table/using.js'

const GROUPS = {
  'placing objects': placingRules,
  'reserving numbers': reservingRules,
  'moving the limit': limitRules,
  duplicating: duplicatingRules,
  closing: closingRules,
  'owners of a table': ownerRules,
  'lookups, callbacks and hooks': usingRules,
  'metadata and introspection': metadataRules,
}

/**
 * Adds the rules of a handle table to a test runner, each as a test named by its rule. For other implementations of
 * the table.
 *
 * @throws EINVAL if `make` is not a function
 */
export function testTable(runner: Runner, description: TableDescription): void {
  checkFunction((description as TableDescription | undefined)?.make, 'make', 'testTable')
  runner.describe('the handle table', () => {
    for (const [name, rules] of Object.entries(GROUPS)) {
      runner.describe(name, () => {
        testRules(runner, rules, () => new TableScene(description))
      })
    }
  })
}
