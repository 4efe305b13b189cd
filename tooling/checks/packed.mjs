// The packages as published: well formed, right in their types, and usable from every entry by a
// program outside of the workspace, with an old TypeScript that checks the declarations too.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inTemporaryFolder, npmInstall, packAll } from '../pack.mjs'
import { report, run } from '../run.mjs'
import { root } from '../workspace.mjs'

/** @typedef {import('../pack.mjs').Packed} Packed */

const OLDEST_TYPESCRIPT = join(root, 'node_modules', 'typescript56', 'lib', 'tsc.js')

await report(() =>
  inTemporaryFolder(async (folder) => {
    const packed = await packAll(folder)
    await Promise.all(packed.map(checkTarball))
    const consumer = join(folder, 'consumer')
    await installConsumer(consumer, packed)
    checkSourceMaps(consumer, packed)
    checkAugmentations(consumer, packed)
    const specifiers = packed.flatMap((it) => it.entries.map((entry) => entry.specifier))
    await checkTypes(consumer, specifiers)
    await checkLoading(consumer, specifiers)
    return `packed: ${packed.map((it) => `${it.name}@${it.version}`).join(', ')}`
  }),
)

/** @param {Packed} packed */
async function checkTarball({ tarball }) {
  await run('publint', [tarball, '--strict'])
  await run('attw', [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'])
}

/**
 * @param {string} folder
 * @param {Packed[]} packed
 */
async function installConsumer(folder, packed) {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await npmInstall(
    folder,
    packed.map((it) => it.tarball),
  )
}

/**
 * What a source map names has to be in the package.
 * @param {string} folder
 * @param {Packed[]} packed
 */
function checkSourceMaps(folder, packed) {
  for (const { name } of packed) {
    const dist = join(folder, 'node_modules', name, 'dist')
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.js.map')) continue
      const { sources } = JSON.parse(readFileSync(join(dist, file), 'utf8'))
      for (const source of sources) {
        if (!existsSync(join(dist, dirname(file), source)))
          throw new Error(`${name}: ${file} names ${source}, which is not packed`)
      }
    }
  }
}

/**
 * `declare global` and `declare module` are lost from the declarations when no entry exports anything of
 * their file, nor imports it by name alone.
 * @param {string} folder
 * @param {Packed[]} packed
 */
function checkAugmentations(folder, packed) {
  for (const { name } of packed) {
    const installed = join(folder, 'node_modules', name)
    const written = countAugmentations(join(installed, 'src'), '.ts')
    const shipped = countAugmentations(join(installed, 'dist'), '.d.ts')
    if (shipped < written) throw new Error(`${name}: of ${written} augmentations, ${shipped} are in its declarations`)
  }
}

/**
 * @param {string} folder
 * @param {string} extension
 */
function countAugmentations(folder, extension) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith(extension))
    .flatMap((it) => readFileSync(join(folder, it), 'utf8').match(/^declare (global|module ['"])/gm) ?? []).length
}

/**
 * Each entry by itself, since one may bring what another lacks; then all together, as bundlers resolve.
 * @param {string} folder
 * @param {string[]} specifiers
 */
async function checkTypes(folder, specifiers) {
  const files = specifiers.map((it, index) => {
    writeFileSync(join(folder, `entry${index}.ts`), `export * from '${it}'\n`)
    return `entry${index}.ts`
  })
  // TypeScript's own library takes the longest, and is checked in the last one alone.
  const nodenext = { module: 'nodenext', moduleResolution: 'nodenext', skipDefaultLibCheck: true }
  for (const file of files) await compile(folder, [file], nodenext)
  await compile(folder, files, { module: 'esnext', moduleResolution: 'bundler' })
}

/**
 * @param {string} folder
 * @param {string[]} files
 * @param {object} options
 */
async function compile(folder, files, options) {
  const compilerOptions = {
    ...options,
    target: 'ES2022',
    lib: ['ES2022', 'DOM'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  await run(process.execPath, [OLDEST_TYPESCRIPT, '-p', folder])
}

/**
 * Every entry loads in Node, by import and by require.
 * @param {string} folder
 * @param {string[]} specifiers
 */
async function checkLoading(folder, specifiers) {
  writeFileSync(join(folder, 'load.mjs'), specifiers.map((it) => `await import('${it}')`).join('\n'))
  writeFileSync(join(folder, 'load.cjs'), specifiers.map((it) => `require('${it}')`).join('\n'))
  await run(process.execPath, ['load.mjs'], { cwd: folder })
  await run(process.execPath, ['load.cjs'], { cwd: folder })
}
