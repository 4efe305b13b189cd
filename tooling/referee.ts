// pnpm referee [calls] [seed] [enough]: compares random programs of calls with the machine's Linux. 1,000,000 calls by default.
import { whyNotHere } from './referee/linux.js'
import { referee } from './referee/referee.js'

const calls = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)

const why = whyNotHere()
if (why !== undefined) {
  console.error(why)
  process.exit(1)
}
console.log(`seed ${seed}`)
const began = performance.now()
const {
  calls: compared,
  programs,
  known,
  differences,
} = await referee(calls, seed, {
  enough: Number(process.argv[4] ?? 5),
  tell(difference) {
    console.error(`differs:\n${difference}`)
  },
})
console.log(`${compared} calls of ${programs} programs compared in ${((performance.now() - began) / 1000).toFixed(1)} s`)
for (const [name, count] of known) console.log(`known difference "${name}": ${count} programs`)
if (differences.length > 0) process.exitCode = 1
