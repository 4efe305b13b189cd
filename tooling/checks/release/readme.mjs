// What a package's README tells a stranger to do first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {object} FirstSteps
 * @property {string[]} packages what is to be installed
 * @property {string} program the first program
 * @property {string | undefined} output what it prints, if the README shows it
 */

/**
 * @param {string} folder the package's
 * @returns {FirstSteps}
 */
export function readFirstSteps(folder) {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const install = /^npm install (.+)$/m.exec(readme)?.[1]
  const [, program, output] = /^```js\n(.*?)^```\n(?:\s*```text\n(.*?)^```)?/ms.exec(readme) ?? []
  if (install === undefined || program === undefined) throw new Error(`${folder}: the README does not say how to begin`)
  return { packages: install.split(' '), program, output }
}
