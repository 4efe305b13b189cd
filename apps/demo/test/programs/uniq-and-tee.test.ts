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

testSame('uniq', { input: 'in\nin\nput\n', files }, [
  [], ['dup'], ['-c', 'dup'], ['-d', 'dup'], ['-u', 'dup'], ['-D', 'dup'], ['-du', 'dup'], ['-Du', 'dup'], ['-cd', 'dup'], ['-cu', 'dup'], ['-cD', 'dup'], ['-i', 'dup'], ['-ic', 'dup'], ['-f1', 'dup'], ['-f', '1', '-c', 'dup'], ['-f2', 'dup'], ['-f9', 'dup'], ['-s1', 'dup'], ['-s', '2', 'dup'], ['-w1', 'dup'], ['-w0', 'dup'], ['-f1', '-s1', '-w1', 'dup'], ['-iD', 'dup'], ['-f1', '-D', 'dup'], ['-z', 'nul'], ['-zc', 'dup'], ['dup', '-'], ['nosuch'], ['dup', 'out', 'x'], ['-f', 'x', 'dup'], ['-s', '-1', 'dup'], ['-w', '', 'dup'], ['-w', '1k', 'dup'], ['-f99999999999999999999', 'dup'], ['-k'], ['--count', 'dup'], ['--repeated', 'dup'], ['e'], ['b'], ['-c', 'b'], ['long'],
  { args: ['dup'], to: '/dev/full' }, { args: ['dup'], to: 'closed' }, { args: ['-c'], from: 'dup' },
  { args: ['dup'], from: 'closed' },
])

testSame('uniq', { input: 'in\nin\nput\n', files, changes: true }, [['-', 'out'], ['dup', 'out'], ['-c', 'dup', 'b'], ['nosuch', 'out'], ['dup', 'd'], ['dup', 'nosuch/out'], ['dup', 'dup']])

testSame('tee', { input: 'in\nput\n', files: { a: 'old\n', b: 'older\n', 'd/': '' }, changes: true }, [
  [], ['x'], ['a', 'b', 'x'], ['-a', 'a', 'x'], ['--append', 'a'], ['-i', 'x'], ['-ai', 'a'], ['d'], ['d', 'x'], ['nosuch/x', 'x'], ['-'], ['x', 'x'], ['-k'], ['--foo'], ['-a', '--', '-a'], { args: ['x'], to: '/dev/full' }, { args: ['/dev/full', 'x'] }, { args: ['/dev/full'], to: '/dev/full' },
])
