import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, hasTool, type Call } from './support/compare.js'

/** How many calls of each program are compared. */
const CALLS = 60
/** The same calls each time; others by HT_SEED. */
const SEED = Number(process.env['HT_SEED'] ?? 1)

const oneOf = fc.constantFrom
/** Bytes that programs look at, and a few that they do not. */
const byte = oneOf('a', 'b', 'c', 'A', 'B', ' ', ' ', '\t', '1', '2', '0', '-', '.', '_', 'K', '\xe9', '\r', '\0', '\x1b')
const line = fc.string({ unit: byte, maxLength: 8 })
const lines = fc.array(line, { maxLength: 12 })
/** Texts whose last line may lack its end, and in which lines come again. */
const text = fc.tuple(lines, fc.boolean(), fc.boolean()).map(([all, twice, ended]) => {
  const repeated = twice ? all.flatMap((it) => [it, it]) : all
  return repeated.join('\n') + (ended && repeated.length > 0 ? '\n' : '')
})
const plain = text.map((it) => it.replaceAll('\0', 'x'))

const small = fc.integer({ min: 0, max: 6 }).map(String)

function flags(letters: string, most = 3): fc.Arbitrary<string[]> {
  return fc.subarray(letters.split(''), { maxLength: most }).map((chosen) => chosen.map((letter) => `-${letter}`))
}

function optional(option: string, value: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.option(value, { nil: undefined }).map((it) => (it === undefined ? [] : [option, it]))
}

function joined(...parts: fc.Arbitrary<string[]>[]): fc.Arbitrary<string[]> {
  return fc.tuple(...parts).map((all) => all.flat())
}

const counts = fc.tuple(oneOf('-n', '-c'), oneOf('', '-', '+'), small).map(([option, sign, count]) => [option, sign + count])
const headCounts = counts.map(([option, count]) => [option!, count!.replace('+', '')])

const keyPart = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.option(fc.integer({ min: 1, max: 3 })))
  .map(([field, at]) => `${field}${at === null ? '' : `.${at}`}`)
const key = fc
  .tuple(keyPart, fc.option(keyPart), oneOf('', '', 'n', 'r', 'f', 'b', 'nr', 'bf', 'h'), oneOf('', '', 'b'))
  .map(([from, to, letters, blank]) => (to === null ? from + letters : `${from}${letters},${to}${blank}`))

const atom = oneOf('a', 'b', 'A', '1', '.', '[ab]', '[^a]', '\\w', '\\W', '[[:alpha:]]', '[a-c1]', '\\b', '\\<', '\\>', ' ', '_')
const { extended } = fc.letrec<{ extended: string }>((tie) => ({
  extended: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    atom,
    fc.tuple(tie('extended'), tie('extended')).map(([a, b]) => a + b),
    fc.tuple(tie('extended'), tie('extended')).map(([a, b]) => `(${a}|${b})`),
    fc.tuple(tie('extended'), oneOf('*', '+', '?', '{2}', '{1,2}', '{0,1}')).map(([a, repeat]) => `(${a})${repeat}`),
    tie('extended').map((a) => `^${a}`),
    tie('extended').map((a) => `${a}$`),
  ),
}))
const basic = extended.map((pattern) => pattern.replace(/[(){}|+?]/g, '\\$&'))
const pattern = fc.oneof(
  fc.tuple(fc.constant('-E'), extended),
  fc.tuple(fc.constant('-G'), basic),
  fc.tuple(
    fc.constant('-F'),
    line.map((it) => it.replaceAll('\0', '')),
  ),
)
const number = fc.oneof(
  fc.integer({ min: -12, max: 12 }).map(String),
  fc
    .tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: 1, max: 3 }))
    .map(([n, digits]) => (n / 10 ** digits).toFixed(digits)),
)
const step = number.filter((it) => Number(it) !== 0 && Math.abs(Number(it)) >= 0.05)

const programs: Record<string, fc.Arbitrary<Call>> = {
  cat: fc.record({ args: flags('nbsTvt'), input: text }),
  head: fc.record({ args: joined(headCounts, flags('qvz', 1)), input: text }),
  tail: fc.record({ args: joined(counts, flags('qvz', 1)), input: text }),
  wc: fc.record({ args: flags('lwcm', 4), input: text, piped: fc.constant(true) }),
  uniq: fc.record({
    args: joined(flags('cdui'), optional('-f', small), optional('-s', small), optional('-w', small)),
    input: text,
  }),
  sort: fc.record({
    args: joined(
      flags('rusb', 2),
      fc.array(key, { maxLength: 2 }).map((keys) => keys.flatMap((it) => ['-k', it])),
      optional('-t', oneOf('a', ' ', '.')),
    ),
    input: text,
  }),
  grep: fc.record({
    args: joined(
      flags('ivcwxon', 2),
      pattern.map(([syntax, it]) => [syntax, '-e', it]),
    ),
    input: plain,
  }),
  seq: fc.record({
    args: joined(
      flags('w', 1),
      optional('-s', oneOf(',', ' ', '')),
      fc.oneof(
        number.map((it) => [it]),
        fc.tuple(number, number),
        fc.tuple(number, step, number),
      ),
    ),
  }),
}

describe('on small random inputs', () => {
  for (const [tool, call] of Object.entries(programs)) {
    it.skipIf(!hasTool(tool))(`${tool} does what the system’s does`, async () => {
      const found = await differences(tool, fc.sample(call, { seed: SEED, numRuns: CALLS }))
      // The smallest is the easiest to look at.
      const [smallest] = found.sort((a, b) => size(a.call) - size(b.call))
      expect(smallest, `${found.length} calls differ, with the seed ${SEED}`).toBeUndefined()
    })
  }
})

function size({ args, input = '' }: Call): number {
  return args.join('').length + input.length
}
