// No files import each other in a circle, types included, so that each can be read on top of what it imports.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { report } from '../run.mjs'
import { packagesIn, root } from '../workspace.mjs'

/**
 * Circles of types that are meant: where two files are one idea. Of values there is none.
 * @type {{ files: string[], why: string }[]} a folder ends in a slash
 */
const MEANT = [
  {
    files: ['packages/core/src/kind/kind.ts', 'packages/core/src/object/open-object.ts'],
    why: 'A kind is hooks that take open objects, and an open object names its kind.',
  },
  {
    files: ['packages/core/src/kind/capability.ts', 'packages/core/src/object/kernel-object.ts'],
    why: 'A reference is asked for a capability, whose methods may take references.',
  },
  {
    files: ['kernel.ts', 'lsof.ts', 'run.ts', 'errors.ts', 'calls/', 'stdio/', 'task/', 'trace/'].map(
      (it) => `packages/kernel/src/${it}`,
    ),
    why: 'A call takes the task that makes it, and a task is declared by its calls.',
  },
  {
    files: ['programs.ts', 'traced-worker-task.ts', 'worker-host.ts', 'worker-task.ts'].map(
      (it) => `packages/kernel/src/worker/${it}`,
    ),
    why: 'The same in a worker.',
  },
]

await report(() => {
  const packages = [...packagesIn('packages'), ...packagesIn('apps')]
  const entries = new Map(packages.flatMap((it) => it.entries).map((it) => [it.specifier, it.source]))
  const files = [...packages.map((it) => it.folder), join(root, 'tooling')].flatMap(sources)
  const imports = new Map(files.map((file) => [file, importsOf(file, entries)]))
  const all = circlesOf(new Map([...imports].map(([file, found]) => [file, [...found.types, ...found.values]])))
  const ofValues = circlesOf(new Map([...imports].map(([file, found]) => [file, found.values])))
  const meant = new Set(MEANT.filter(({ files }) => all.some((circle) => isWithin(circle, files))))
  const found = all.filter((circle) => !MEANT.some(({ files }) => isWithin(circle, files)))
  const problems = [
    ...ofValues.map((circle) => `${circle.length} files import values of each other in a circle:${listed(circle)}`),
    ...found
      .filter((circle) => !ofValues.some((it) => it.join() === circle.join()))
      .map((circle) => `${circle.length} files import each other in a circle:${listed(circle)}`),
    ...MEANT.filter((it) => !meant.has(it)).map(({ files }) => `no circle is left, and one is still meant:${listed(files)}`),
  ]
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return `${files.length} files import each other in no circle but ${MEANT.length} that are meant`
})

/** @param {string[]} files */
function listed(files) {
  return files.map((it) => `\n  ${it}`).join('')
}

/**
 * @param {string[]} circle
 * @param {string[]} files
 */
function isWithin(circle, files) {
  return circle.every((file) => files.some((it) => (it.endsWith('/') ? file.startsWith(it) : file === it)))
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((it) => {
    const path = join(folder, it.name)
    if (it.isDirectory())
      return it.name.startsWith('.') || ['node_modules', 'dist', 'coverage'].includes(it.name) ? [] : sources(path)
    return /\.(ts|mjs)$/.test(it.name) ? [path] : []
  })
}

/**
 * The files of this repository that a file imports, also those that it loads later.
 * @param {string} file
 * @param {Map<string, string>} entries
 */
function importsOf(file, entries) {
  /** @type {{ types: string[], values: string[] }} */
  const found = { types: [], values: [] }
  /** @param {ts.Node} specifier @param {boolean} isType */
  const add = (specifier, isType) => {
    if (!ts.isStringLiteral(specifier)) return
    const target = resolved(file, specifier.text, entries)
    if (target !== undefined) (isType ? found.types : found.values).push(target)
  }
  /** @param {ts.Node} node */
  const look = (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isOfTypes(node.importClause))
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0] !== undefined)
      add(node.arguments[0], false)
    ts.forEachChild(node, look)
  }
  look(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest))
  return found
}

/** @param {ts.ImportClause | undefined} clause */
function isOfTypes(clause) {
  if (clause === undefined || clause.isTypeOnly) return clause !== undefined
  const { name, namedBindings } = clause
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((it) => it.isTypeOnly)
  )
}

/**
 * @param {string} file
 * @param {string} specifier
 * @param {Map<string, string>} entries
 */
function resolved(file, specifier, entries) {
  if (!specifier.startsWith('.')) return entries.get(specifier)
  const path = resolve(dirname(file), specifier)
  return [path.replace(/\.js$/, '.ts'), path].find((it) => existsSync(it))
}

/**
 * Groups of files that reach each other by what they import: the strongly connected components, found as Tarjan does.
 * @param {Map<string, string[]>} imports
 */
function circlesOf(imports) {
  /** @type {string[][]} */
  const circles = []
  /** @type {Map<string, { index: number, low: number, isOpen: boolean }>} */
  const seen = new Map()
  /** @type {string[]} */
  const open = []
  /** @param {string} file */
  const visit = (file) => {
    const here = { index: seen.size, low: seen.size, isOpen: true }
    seen.set(file, here)
    open.push(file)
    for (const next of imports.get(file) ?? []) {
      const there = seen.get(next) ?? visit(next)
      if (there.isOpen) here.low = Math.min(here.low, there.low)
    }
    if (here.low < here.index) return here
    const circle = open.splice(open.indexOf(file))
    for (const it of circle) {
      const closed = seen.get(it)
      if (closed !== undefined) closed.isOpen = false
    }
    if (circle.length > 1) circles.push(circle.map((it) => relative(root, it)).sort())
    return here
  }
  for (const file of imports.keys()) if (!seen.has(file)) visit(file)
  return circles
}
