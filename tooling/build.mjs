// pnpm build [package ...]
import { build } from './build/turbo.mjs'
import { report } from './run.mjs'

await report(async () => {
  const names = process.argv.slice(2)
  await build(...names)
  return `built ${names.join(', ') || 'all packages'}`
})
