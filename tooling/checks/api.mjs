// What each entry exports, as one reviewable report in packages/*/api. With --update the reports are
// written; without, a difference is an error.
import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { build } from '../build/turbo.mjs'
import { inTemporaryFolder } from '../pack.mjs'
import { report } from '../run.mjs'
import { publicPackages, root } from '../workspace.mjs'

/**
 * @typedef {import('../workspace.mjs').Package} Package
 * @typedef {import('../workspace.mjs').Entry} Entry
 */

const isUpdate = process.argv.includes('--update')

await report(() =>
  inTemporaryFolder(async (temporary) => {
    await build()
    const changed = []
    for (const it of publicPackages()) {
      for (const entry of it.entries) {
        if (entry.types !== undefined && extract(it, entry, temporary)) changed.push(reportFile(it, entry))
      }
    }
    if (isUpdate) return changed.length === 0 ? 'no report changed' : `written:\n${changed.join('\n')}`
    if (changed.length > 0) throw new Error(`the API changed; run \`pnpm api\` and review:\n${changed.join('\n')}`)
    return 'the API reports are up to date'
  }),
)

/**
 * @param {Package} it
 * @param {Entry} entry
 * @param {string} temporary
 * @returns {boolean} whether the report differs from the one in the repository
 */
function extract(it, entry, temporary) {
  const reportFolder = join(it.folder, 'api')
  mkdirSync(reportFolder, { recursive: true })
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(it.folder, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: it.folder,
      mainEntryPointFilePath: String(entry.types),
      newlineKind: 'lf',
      compiler: { overrideTsconfig: tsconfigFor(String(entry.types)) },
      apiReport: {
        enabled: true,
        reportFileName: entry.name,
        reportFolder,
        reportTempFolder: join(temporary, it.name),
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // Everything that the package exports is public.
        extractorMessageReporting: { 'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
  const result = Extractor.invoke(config, {
    localBuild: isUpdate,
    messageCallback(message) {
      // The rest goes into the report, or is said by `changed`.
      if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true
    },
  })
  if (result.errorCount > 0) throw new Error(`${entry.specifier}: the report could not be made`)
  return result.apiReportChanged
}

/** @param {string} file */
function tsconfigFor(file) {
  return {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2022', 'DOM'],
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      types: [],
      strict: true,
      skipLibCheck: true,
      // The packages as shipped, not their sources.
      customConditions: [],
    },
    files: [file],
  }
}

/**
 * @param {Package} it
 * @param {Entry} entry
 */
function reportFile(it, entry) {
  return relative(root, join(it.folder, 'api', `${entry.name}.api.md`))
}
