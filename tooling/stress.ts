// pnpm stress [operations] [threads]: what the tests of shared tables do for a moment, for longer. 50 million and 4 by default.
import { stress } from '../packages/core/test/shared/stress.js'

const operations = Number(process.argv[2] ?? 50_000_000)
const threads = Number(process.argv[3] ?? 4)

const { ms, made, released, tried, worked, left } = await stress(operations, threads)
for (const name of Object.keys(tried))
  console.log(`${name.padEnd(12)} ${tried[name] ?? 0} tried, ${worked[name] ?? 0} did something`)
console.log(
  `${operations} operations by ${threads} threads in ${(ms / 1000).toFixed(1)} s: ${Math.round((ms * 1e6) / operations)} ns each`,
)
console.log(`${made} objects made, ${released} released; left in use:`, left)
if (made !== released || Object.values(left).some((count) => count !== 0)) {
  console.error('something was lost')
  process.exitCode = 1
}
