import { Failure } from '../failure.js'
import { LineMatcher } from '../regex/matcher.js'
import { literal, parsePattern } from '../regex/parse.js'
import type { Command } from '../command.js'
import type { Settings } from './options.js'

/**
 * Makes what matches lines of the patterns that grep was given; `undefined` where it is plain that no line is selected.
 *
 * @throws Failure for a file that cannot be read, RegexError for what is no pattern
 */
export async function matcherOf(
  command: Pick<Command, 'open' | 'complain' | 'why'>,
  settings: Settings,
): Promise<LineMatcher | undefined> {
  const { syntax = 'basic', ignoreCase, words, lines, invert } = settings
  const nodes = []
  const patterns = new Set(await patternsOf(command, settings))
  for (const pattern of patterns) {
    if (syntax === 'fixed') {
      nodes.push(literal(pattern, ignoreCase))
      continue
    }
    const { node, warnings } = parsePattern(pattern, syntax, ignoreCase)
    for (const warning of warnings) await command.complain(`warning: ${warning}`)
    nodes.push(node)
  }
  // No pattern is in no line, and an empty one is in every line.
  const matchesAll = !words && !lines && patterns.size === 1 && patterns.has('')
  const selectsNone = settings.most === 0 || (patterns.size === 0 && !invert) || (matchesAll && invert)
  if (selectsNone && settings.output !== 'without') return undefined
  return new LineMatcher(nodes, { ignoreCase, whole: lines ? 'line' : words ? 'word' : undefined })
}

/** All patterns. A list is separated by newlines; a file's last one ends it. */
async function patternsOf(command: Pick<Command, 'open' | 'why'>, { sources }: Settings): Promise<string[]> {
  const patterns: string[] = []
  for (const { kind, value } of sources) {
    const text = kind === 'regexp' ? value : await contentOf(command, value)
    // A file without a line has no pattern.
    if (kind === 'file' && text === '') continue
    for (const pattern of (kind === 'file' ? text.replace(/\n$/, '') : text).split('\n')) patterns.push(pattern)
  }
  return patterns
}

async function contentOf(command: Pick<Command, 'open' | 'why'>, path: string): Promise<string> {
  try {
    const input = command.open(path)
    try {
      return await input.all()
    } finally {
      input.close()
    }
  } catch (error) {
    throw new Failure(`${path}: ${command.why(error)}`)
  }
}
