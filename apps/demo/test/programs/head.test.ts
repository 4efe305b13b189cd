import { testSame } from './support/table.js'

const files = { a: 'one\ntwo\nthree\n', b: '\n\n\nx\ty\n\n\n\nz', 'd/': '', 'with space': 'w\n', e: '', nul: 'a\0b\xff\x80\x7f\r\n\r', long: Array.from({ length: 3000 }, (_, i) => `${i} line ${i}\n`).join('') }

testSame('head', { input: 'in\nput\n', files }, [
  [], ['a'], ['-n1', 'a'], ['-n', '1', 'a', 'b'], ['-1', 'a'], ['-2', 'a', 'b'], ['-c', '3', 'a'], ['-c3', 'a', 'b'], ['-n', '-1', 'a'], ['-n-1', 'b'], ['-c', '-1', 'a'], ['-c-3', 'b'], ['-q', 'a', 'b'], ['-v', 'a'], ['-vq', 'a'], ['-qv', 'a'], ['-n', 'x', 'a'], ['-c', 'x', 'a'], ['-n', '1k', 'a'], ['-n', '1b', 'long'], ['-c', '1K', 'long'], ['-n', '-1000', 'long'], ['-n', '-3000', 'long'], ['-n', '-2999', 'long'], ['-n', '-2999', 'long', 'b'], ['-c', '-10000', 'long'], ['-n', '0', 'a'], ['-n', '-0', 'b'], ['-c', '-0', 'b'], ['-z', '-n1', 'nul'], ['nosuch'], ['a', 'nosuch', 'b'], ['d'], ['a', 'd', 'b'], ['-'], ['-', 'a'], ['-n'], ['--lines=1', 'a'], ['--lines', 'a'], ['--bytes'], ['-n', '', 'a'], ['-n', '+1', 'a'], ['-n', '1kk', 'a'], ['--silent', 'a', 'b'], ['--quiet', 'a', 'b'], ['e', 'a'], ['-n', '-1', 'e'], ['-n', '1', '-c', '1', 'a'],
    { args: ['a'], to: '/dev/full' }, { args: ['a'], to: 'closed' }, { args: ['-1'], from: 'a' }, { args: ['-n', '-1'], from: 'a' }, { args: ['-c', '99999'], from: 'long' },
])
