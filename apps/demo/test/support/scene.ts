import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A line and what it finds. Texts are byte strings, but the line, which is text. */
export interface Scene {
  readonly line: string
  readonly stdin?: string
  /** Files by their paths; a path that ends in a slash is an empty folder, a text that begins with `-> ` a link. */
  readonly files?: Readonly<Record<string, string>>
}

/** What came of a line. */
export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly files: Readonly<Record<string, string>>
}

/** An outcome in which the folder that it came of has another name, which is the same for all. */
export function withoutFolder(outcome: Outcome, folder: string): Outcome {
  return JSON.parse(JSON.stringify(outcome).replaceAll(folder, '$FOLDER')) as Outcome
}

/** Puts a scene's files into a folder. */
export function fill(folder: string, { files = {} }: Scene): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (name.endsWith('/')) continue
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), path)
    else writeFileSync(path, content, 'latin1')
  }
}

/** All files below a folder, as {@link Scene.files} has them. */
export function filesIn(folder: string, prefix = ''): Record<string, string> {
  const files: Record<string, string> = {}
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    const stat = lstatSync(path)
    if (stat.isDirectory()) Object.assign(files, { [`${prefix}${name}/`]: '' }, filesIn(path, `${prefix}${name}/`))
    else files[prefix + name] = stat.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'latin1')
  }
  return files
}
