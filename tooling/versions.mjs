// Part of `pnpm run version`: writes each package's new version into its src/version.ts, where it has one.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packagesIn } from './workspace.mjs'

for (const { folder } of packagesIn('packages')) {
  const file = join(folder, 'src', 'version.ts')
  if (!existsSync(file)) continue
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  writeFileSync(file, readFileSync(file, 'utf8').replace(/'[^']*'/, `'${version}'`))
}
