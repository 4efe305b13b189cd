import { createKernel } from '@ht/kernel'
import { describe, expect, it } from 'vitest'
import { programs } from '../../src/programs/index.js'
import { testSame } from './support/table.js'

const input = 'a\nab\naab\nabc\n\\d\nd\naa\nabab\nab c\n-a\n a \n*a\n+a\n?a\n{1}a\na{1\n)\n(\n[\n]\n^a\na$\na^b\na|b\nA\nAb\n_a\na_b\n\nx.y\n1-2\n'
const files = {
  a: 'one\ntwo\nthree\nfour two\n',
  b: 'TWO\n\ntwo two\nno end two',
  bin: 'a\nb\0c\na\nd\n',
  hi: 'text\nhigh \xff\xfe\n',
  e: '',
  'dir/x': 'two\n',
  pats: 'one\nthree\n',
  nothing: '',
  long: Array.from({ length: 400 }, (_, i) => `line ${i}\n`).join(''),
}

describe('patterns are those of GNU', () => {
  const both = ['a', '^a', 'a$', '^a$', '.', '..', '^.$', 'a.*b', 'a*', 'aa*', '[ab]', '[^a]', '[a-c]x', '[]a]', '[^]a]', '[a-]', '[]-a]', '[--/]', '[[]', '[[a]', '[a\\]b]', '[[:alpha:]]', '[[:digit:]-]', '[[:upper:][:digit:]]', '[^[:alnum:]]', '[[:space:]]', '[[:punct:]]', '[[:blank:]]$', '[[.a.]]', '[[.-.]]', '[[=a=]]', '[a-[.b.]]', '[.a.]', '[=a=]', '[\\n]', '\\w', '\\W', '\\s', '\\S', '\\<a', 'a\\>', '\\bb', 'b\\b', '\\Ba', 'a\\B', '\\`a', "a\\'", '\\.', '\\*', '\\[', '\\]', '\\^', '\\$', '\\\\', '\\/', '\\-', '\\d', '\\n', '\\<ab\\>', '\\<', '\\>', '', 'a**', 'a^b', 'a$b', '^^a', 'a$$', 'x*', 'a\\', '\\', '[a', '[z-a]', '[[:foo:]]', '[[.xx.]]', '[[:alpha:]', '[[.]', '[[:]', '[[=]', '[[=ab=]]', '[[:alpha:]-z]', '[a-[:digit:]]', '[a-', '[]', '[^]', 'a\nb', 'b\n\nz', '\n', '}', 'a}', ']', 'a]', '-a', '\\(a', 'a\\)', '[a]b', 'a[b]*c']
  const basic = ['\\+a', '\\?a', '\\{1\\}a', 'a\\{1x\\}', 'a\\{,2\\}', 'a\\{2,1\\}', 'a\\{99999\\}', 'a\\{32768\\}', 'a\\{2\\}', 'a\\{2,\\}', 'a\\{,\\}', 'a\\{\\}', '\\)', '\\(', '\\(\\)', 'a\\|*b', '\\(*a\\)', '\\(\\+a\\)', '^\\+a', 'a*\\+', 'a\\{1\\}\\{2\\}', 'a\\|\\|b', '\\|a', 'a\\|', '\\(^a\\)', '\\(a$\\)', 'a{1}', 'a+', 'a?', '(a)', 'a|b', '\\(^*a\\)', 'x\\|^a', 'a$\\|b', '\\(a\\|b$\\)', '\\(a$\\)*', 'a\\(b\\)*$', '\\(*\\)', '\\(\\)*a', '\\(^*\\)', 'a\\|*', '\\}', 'a\\}', '\\{', 'x*^a', '\\(a\\)^b', 'a^*', 'a$*', '\\(a\\)\\{2,\\}', 'ab\\?c\\?', 'a\\+b']
  const extended = ['a+', 'a?b', 'a{1', 'a{1x', 'a{,2}', 'a{1,2', 'a{2,1}', 'a{99999}', 'a{32768}', 'a{2}', 'a{2,}', 'a{,}', 'a{,', 'a{', '{', '{a', 'a{1}{2}', ')', 'a)', '(', '(a', '()', 'a+*', 'a+?', 'a||b', '|a', 'a|', '\\{1', 'x{0}', '(|a)b', '(^a)', '(a$)', 'a\\{', '^(a|b)+$', '(a|ab)(c|bcd)?$', '(a+)+$', '^(a|b|_)*$', '\\)', '\\|', '\\+a', '\\?', '(a|b){2}', '(a|b){2,3}c?']
  const call = (flags: string[], patterns: string[]) => patterns.map((pattern) => [...flags, '-e', pattern])
  testSame('grep', { input }, [...call([], both), ...call(['-E'], both), ...call([], basic), ...call(['-E'], extended), ...call(['-F'], ['a', '.', '*a', 'a\nb', '', '^a', 'a|b', '\\d', 'ab\naab\nc'])])
  testSame('grep', { input }, [...call(['-i'], ['A', '[B]', '[^a]', 'aB', '[[:upper:]]']), ...call(['-x'], ['a', 'ab*', 'a\\|ab', '', 'a.*']), ...call(['-xE'], ['a|ab', '(a|b)*']), ...call(['-w'], ['a', 'ab', '', 'a*', 'a\\|ab', '_', 'b c', '-a', 'd', '[^b]*']), ...call(['-wi'], ['a', 'AB']), ...call(['-wF'], ['a', 'a\nab', '', '-a']), ...call(['-xF'], ['a', 'a\nab', '']), ...call(['-xw'], ['ab', 'a*'])])
})

describe('-o writes the leftmost matches, the longest of each', () => {
  const patterns = ['a', 'a*', 'ab*', 'b*', '(a|ab)(c|bcd)?', '(ab)?(aba)?b?', 'a|ab|abc', '[ab]+', '^a', 'a$', '^', '$', '\\<', '\\<a', '\\w+', '\\W+', '.', '.*', 'x?', '\\ba', 'b|', '']
  testSame('grep', { input }, [...patterns.flatMap((it) => [['-oE', '-e', it], ['-owE', '-e', it], ['-oxE', '-e', it], ['-onE', '-e', it]]), ['-o', 'a\\|ab'], ['-oi', 'B*'], ['-oF', 'a\nab'], ['-oc', 'a'], ['-ov', 'a'], ['-ol', 'a'], ['-oH', 'ab'], ['-o', '-A1', 'c'], ['-oC1', 'c'], ['-om2', 'a'], ['-oh', 'two', '-', '-']])
})

describe('options are those of GNU', () => {
  testSame('grep', { input: 'in two\n', files }, [
    ['two', 'a'], ['two', 'a', 'b'], ['two'], ['two', '-'], ['two', '-', 'a'], ['-c', 'two', 'a', 'b', 'e'], ['-n', 'two', 'a', 'b'], ['-H', 'two', 'a'], ['-h', 'two', 'a', 'b'], ['-H', 'two'], ['-v', 'two', 'a', 'b'], ['-vc', 'two', 'a', 'b'], ['-l', 'two', 'a', 'b', 'e'], ['-L', 'two', 'a', 'b', 'e'], ['-L', 'two', 'a', 'b'], ['-l', 'zzz', 'a'], ['-L', 'zzz', 'a'], ['-lc', 'two', 'a', 'b'], ['-lL', 'two', 'a', 'e'], ['-Ll', 'two', 'a', 'e'], ['-lv', 'two', 'a', 'e'], ['-q', 'two', 'a'], ['-q', 'zzz', 'a'], ['-q', 'two', 'nosuch', 'a'], ['-q', 'two', 'a', 'nosuch'], ['-qs', 'two', 'nosuch', 'a'], ['-ql', 'two', 'a'], ['-s', 'two', 'nosuch', 'a'], ['two', 'nosuch'], ['two', 'nosuch', 'a'], ['two', 'dir'], ['two', 'dir', 'a'], ['-s', 'two', 'dir', 'a'], ['zzz', 'a'], ['-i', 'TWO', 'a', 'b'], 
    ['-m1', 'two', 'a', 'b'], ['-m0', 'two', 'a'], ['-m', 'x', 'two', 'b'], ['-m1', '-c', 'two', 'a', 'b'], ['-m1', '-v', 'two', 'a'], ['-m1', '-A2', 'o', 'a'], ['-m1', '-A5', 'two', 'b'], ['-m2', '-C1', '5', 'long'], ['-m1k', 'two', 'a'], ['-m1', '-l', 'two', 'a'], ['-m0', '-q', 'two', 'a'], { args: ['-m', '2', 'line', '-'], from: 'long' },
    ['-A1', '5$', 'long'], ['-B2', '5$', 'long'], ['-C3', '5$', 'long'], ['-C10', '5$', 'long'], ['-1', '10', 'long'], ['-12', '200', 'long'], ['-1', '-2', '200', 'long'], ['-A1', '-C3', '200', 'long'], ['-C3', '-A1', '200', 'long'], ['-nA1', '10', 'long'], ['-A0', '5$', 'long'], ['-C0', '10', 'long'], ['-A1', 'two', 'a', 'b'], ['-A1', '-v', 'two', 'a', 'b'], ['-A1', '-c', '5', 'long'], ['-A1', '-l', '5', 'long'], ['-A', 'x', 'a', 'a'], ['-C', '', 'a', 'a'], ['-B', '1k', 'a', 'a'], ['-A99999999999999999999', 'two', 'a'], ['-C1', 'o', 'a', 'long', 'b'],
    ['-e', 'one', '-e', 'three', 'a'], ['-f', 'pats', 'a'], ['-f', 'nothing', 'a'], ['-vf', 'nothing', 'a'], ['-f', 'nosuch', 'a'], ['-f', 'dir', 'a'], ['-e', 'two', '-f', 'pats', 'a'], ['-f', '-', 'a'], ['-cf', 'nothing', 'a'], ['-xf', 'pats', 'a'], ['-wf', 'pats', 'a'], ['-Ff', 'pats', 'a'], ['-e', '', 'a'], ['-we', '', 'b'], ['-xe', '', 'b'],
    ['--', '-a'], ['-e', '-a', 'a'], ['--count', 'two', 'a'], ['--regexp=two', 'a'], ['--color=always'.slice(0, 7), 'two', 'a'], ['--color=never', 'two', 'a'], ['-E', '-E', 'a', 'a'], 
    ['a', 'bin'], ['-c', 'a', 'bin'], ['-v', 'a', 'bin'], ['-l', 'a', 'bin'], ['-L', 'a', 'bin'], ['-o', 'c', 'bin'], ['-a', 'b', 'bin'], ['-ac', 'b.c', 'bin'], ['-q', 'a', 'bin'], ['-n', 'a', 'bin', 'hi'], ['high', 'hi'], ['-o', 'h.*', 'hi'], ['-o', '[\xf0-\xff]', 'hi'], ['\xff', 'hi'], ['zzz', 'bin'], ['-A1', 'a', 'bin'], ['-m1', 'a', 'bin', 'a'], ['-s', 'a', 'bin'],
    ['-r', 'two', 'dir'], ['-r', 'two', 'dir', 'a'], ['-rh', 'two', 'dir'], ['-rH', 'two', 'a'], ['-r', 'two', 'nosuch'], ['-rl', 'two', 'dir/'], ['-r', 'two', 'dir//'], ['-R', 'two', 'dir'], 
    { args: ['two', 'a'], to: '/dev/full' }, { args: ['-q', 'two', 'a'], to: 'closed' }, { args: ['two', 'a', 'b'], to: 'b' }, { args: ['-c', 'two', 'a', 'b'], to: 'b' }, { args: ['-l', 'two', 'a', 'b'], to: 'b' }, { args: ['two'], from: 'a' }, { args: ['two', '-', 'a'], from: 'b' }, { args: ['two'], from: 'closed' }, { args: ['two', '-', 'a'], from: 'closed' },
  ])
})

describe('whatever the pattern, grep ends', () => {
  const run = async (args: string[], input: string) => {
    const { status, text, stderr } = await createKernel().run(programs['grep']!, { args, input })
    return [status, text.length, Buffer.from(stderr).toString()]
  }

  it('in time linear in the line, where others try all ways', async () => {
    expect(await run(['-E', '(a+)+(a+)+b'], 'a'.repeat(100_000))).toEqual([1, 0, ''])
    expect(await run(['-E', '((a|b)*)*c|(x+x+)+y'], 'ab'.repeat(50_000) + 'x'.repeat(50_000))).toEqual([1, 0, ''])
  })

  it('with an error, where a back-reference would need all ways to be tried', async () => {
    expect(await run(['-E', '(a)\\1'], 'aa')).toEqual([2, 0, 'grep: back-references are not supported\n'])
  })

  it('with an error, where it is nested too deep or too large', async () => {
    expect(await run(['-E', '('.repeat(100_000) + ')'.repeat(100_000)], 'a')).toEqual([2, 0, 'grep: Regular expression too big\n'])
    expect(await run(['-E', '((a{1000}){1000}){1000}'], 'a')).toEqual([2, 0, 'grep: Regular expression too big\n'])
  })

  it('in little memory, of a pattern with very many states', async () => {
    const line = Array.from({ length: 5000 }, (_, i) => 'ab'[(i * i * 7 + (i >> 3)) & 1]).join('')
    expect(await run(['-cE', 'a(.{200}|b.{300})b'], `${line}\n`)).toEqual([0, 2, ''])
  })
})
