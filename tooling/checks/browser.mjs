// No entry that a browser may load imports a module of Node's, itself or through what it imports.
import { builtinModules } from 'node:module'
import { relative } from 'node:path'
import { build as bundle } from 'esbuild'
import { build } from '../build/turbo.mjs'
import { report } from '../run.mjs'
import { packagesIn, publicPackages, root } from '../workspace.mjs'

/** The entries made for Node. */
const NODE_ONLY = new Set(['@ht/file/host', '@ht/file/host-shared', '@ht/socket/tcp'])
/** The entries of apps that pages import. */
const FOR_PAGES = new Set(['@ht/demo/programs', '@ht/demo/shell'])

await report(async () => {
  await build()
  const entries = [
    ...publicPackages()
      .flatMap((it) => it.entries)
      .filter((it) => !NODE_ONLY.has(it.specifier)),
    ...packagesIn('apps')
      .flatMap((it) => it.entries)
      .filter((it) => FOR_PAGES.has(it.specifier)),
  ]
  const found = (await Promise.all(entries.map(nodeImports))).flat()
  if (found.length > 0) throw new Error(found.join('\n'))
  return `${entries.length} entries load in browsers`
})

/** @param {import('../workspace.mjs').Entry} entry */
async function nodeImports({ specifier, file }) {
  const { metafile } = await bundle({
    absWorkingDir: root,
    entryPoints: [relative(root, file)],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    external: ['node:*', ...builtinModules],
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  return Object.entries(metafile.inputs).flatMap(([input, { imports }]) =>
    imports.filter((it) => it.external).map((it) => `${specifier}: ${input} imports ${it.path}`),
  )
}
