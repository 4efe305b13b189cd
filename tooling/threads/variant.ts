import { build } from 'esbuild'
import { readFile } from 'node:fs/promises'

/** Lines of a source, and what stands in their place in a variant of it. */
export interface Change {
  /** The end of the path of the one file that is changed. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/**
 * Makes one file of a thread's sources and all that they import, with some lines changed: a program that is broken
 * in a known way, so that a test shows that it would find it.
 *
 * @throws when one of these lines is not there, exactly once: then the variant would be no other program
 */
export async function bundleVariant(source: string, outfile: string, changes: readonly Change[]): Promise<void> {
  const made = new Set<Change>()
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@ht/source'],
    logLevel: 'silent',
    plugins: [
      {
        name: 'variant',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            let contents = await readFile(path, 'utf8')
            for (const change of changes) {
              if (!path.endsWith(change.file)) continue
              const pieces = contents.split(change.from)
              if (pieces.length !== 2) throw new Error(`${change.file} has "${change.from}" ${pieces.length - 1} times, not once`)
              // Not replace(), in which some characters have a meaning.
              contents = pieces.join(change.to)
              made.add(change)
            }
            return { contents, loader: 'ts' as const }
          })
        },
      },
    ],
  })
  for (const change of changes) if (!made.has(change)) throw new Error(`no file of the program is ${change.file}`)
}
