// Who wants a table and pipes alone loads a table and pipes alone: a bundle of @ht/core and @ht/pipe has
// nothing of another package in it, with all of them installed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inTemporaryFolder, npmInstall, packAll } from '../pack.mjs'
import { report, run } from '../run.mjs'

const PROGRAM = `
import { HandleTable } from '@ht/core'
import { createPipe } from '@ht/pipe'
if (typeof HandleTable !== 'function' || typeof createPipe !== 'function') throw new Error('not exported')
`
const ALLOWED = /^(program\.mjs|node_modules\/@ht\/(core|pipe)\/)/

await report(() =>
  inTemporaryFolder(async (temporary) => {
    const packed = await packAll(temporary)
    const folder = join(temporary, 'program')
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    writeFileSync(join(folder, 'program.mjs'), PROGRAM)
    await npmInstall(
      folder,
      packed.map((it) => it.tarball),
    )

    const { metafile } = await build({
      absWorkingDir: folder,
      entryPoints: ['program.mjs'],
      outfile: 'bundle.mjs',
      bundle: true,
      format: 'esm',
      platform: 'browser',
      metafile: true,
      logLevel: 'silent',
      // Judged by what is loaded, not by what survives the removal of unused code.
      treeShaking: false,
    })
    const inputs = Object.keys(metafile.inputs)
    const foreign = inputs.filter((it) => !ALLOWED.test(it))
    if (foreign.length > 0) throw new Error(`core and pipe bring along:\n${foreign.join('\n')}`)
    await run(process.execPath, ['bundle.mjs'], { cwd: folder })
    return `core and pipe load ${inputs.length - 1} files of their own, and no other`
  }),
)
