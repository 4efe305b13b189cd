import { testSame } from './support/table.js'

const files = { a: 'one\ntwo\nthree\n', b: '\n\n\nx\ty\n\n\n\nz', 'd/': '', 'with space': 'w\n', e: '', nul: 'a\0b\xff\x80\x7f\r\n\r', long: Array.from({ length: 3000 }, (_, i) => `${i} line ${i}\n`).join('') }

testSame('cat', { input: 'in\nput\n', files }, [
  [], ['a'], ['a', 'b'], ['-n', 'a', 'b'], ['-b', 'b', 'a'], ['-s', 'b'], ['-sn', 'b', 'b'], ['-bn', 'b'], ['-A', 'nul', 'b'], ['-v', 'nul'], ['-e', 'nul'], ['-t', 'nul'], ['-T', 'b'], 
    ['nosuch'], ['a', 'nosuch', 'a'], ['d'], ['a', 'd'], ['with space', 'no such'], ['-z'], ['--nosuch'], ['--number=3', 'a'], ['--number', 'a'], ['-', 'a'], ['a', '-'], ['-u', 'a'], ['--', '-n'], ['-n', '--', 'a'], ['a', '-n'],
    ['no\nsuch'], ["no'such"], ['no"su\'ch'], ['no\\such'], [''], ['~x'], ['#x'], ['x#'], ['{'], ['{}'], ['a{b'], ['\xc3\xa9'], ['no\x01such'], ['a b\tc\'d'],
    { args: ['a'], to: '/dev/full' }, { args: ['a'], to: 'a' }, { args: ['a', 'b'], to: 'b' }, { args: [], from: 'a', to: 'a' }, { args: ['-n'], from: 'a' }, { args: ['long', '-n'] }, { args: ['nosuch'], to: '/dev/full' }, {args: ['-n', 'a'], to: '/dev/full'}, 
  { args: ['a'], from: 'closed' },
])

testSame('wc', { input: 'in\nput\n', files, piped: true }, [
  [], ['a'], ['a', 'b'], ['-l', 'a'], ['-l'], ['-lw', 'a'], ['-wl', 'a', 'long'], ['-c', 'a', 'long'], ['-m', 'nul'], ['-cm', 'nul'], ['nosuch'], ['a', 'nosuch'], ['nosuch', 'a'], ['d'], ['a', 'd'], ['d', 'long'], ['-'], ['-', 'a'], ['a', '-'], ['e'], ['e', 'e'], ['with space'], ['-z'], ['--lines', 'a'], ['-l', 'nosuch', 'a'], ['-l', 'd'], ['long'], ['no\nsuch'], ['-w', 'nul', 'b'],
    { args: [], from: 'a' }, { args: ['-l'], from: 'long' }, { args: ['-lw'], from: 'long' }, { args: ['-', 'a'], from: 'long' }, { args: ['a'], to: 'closed' }, { args: ['nosuch'], to: '/dev/full' },
  { args: ['a'], from: 'closed' },
])
