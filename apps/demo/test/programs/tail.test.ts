import { testSame } from './support/table.js'

const files = {
  a: 'one\ntwo\nthree\n',
  b: '\n\n\nx\ty\n\n\n\nz',
  e: '',
  'd/': '',
  nul: 'a\0b\xff\x80\x7f\r\n\r',
  dup: 'a\na\nA\nb\nb\nb\nc\n\n\nx 1 q\ny 1 q\n z 1 q\nz  1 q\nlast\nlast',
  long: Array.from({ length: 30_000 }, (_, i) => `${i} line ${i}\n`).join(''),
  wide: 'x'.repeat(200_000),
}

testSame('tail', { input: 'in\nput\n', files }, [
  [], ['a'], ['-n1', 'a'], ['-n', '2', 'a', 'b'], ['-2', 'a'], ['+3', 'a'], ['-2', '--', 'a'], ['+2x', 'a'], ['a', '+1'], ['-n', '0', 'a'], ['-vn0', 'a', 'nosuch'], ['-n', '+0', 'a'], ['-n', '-0', 'a'], ['-n', '+1', 'a'], ['-c', '+3', 'a'], ['-c', '3', 'a', 'b'], ['-c', '+1', 'a'], ['-c', '0', 'a'], ['-n', '1k', 'long'], ['-n', '20000', 'long'], ['-n', '+20000', 'long'], ['-c', '200000', 'long'], ['-c', '+200000', 'long'], ['-c', '70000', 'wide'], ['-n', '1', 'wide'], ['-n', '2', 'wide', 'long'], ['-n', '+2', 'wide'], ['-n', 'x', 'a'], ['-n', '+x', 'a'], ['-c', 'x', 'a'], ['-n', '', 'a'], ['-n', '++2', 'a'], ['-q', 'a', 'a'], ['-v', 'a'], ['-vq', 'a'], ['-qv', 'a'], ['-z', '-n1', 'nul'], ['-n1', 'nul'], ['nosuch'], ['a', 'nosuch', 'b'], ['d'], ['a', 'd', 'b'], ['-'], ['-', 'a'], ['e', 'a'], ['-n'], ['-k', 'a'], ['--lines=1', 'a'], ['--bytes'], ['--silent', 'a', 'b'], ['-n1', '-c1', 'a'], ['-n', '3', 'b'], ['-n', '4', 'b'],
  { args: ['a'], to: '/dev/full' }, { args: ['a'], to: 'closed' }, { args: ['-1'], from: 'a' }, { args: ['-n1', '-', 'a'], from: 'long' },
])
