import { testSame } from './support/table.js'

const yesterday = Math.floor(Date.now() / 1000) - 86_400
const files = {
  b: 'two bytes',
  a: '',
  'C.txt': 'x'.repeat(5000),
  'c.md': 'x'.repeat(70_000),
  '.hidden': 'h',
  'run*': '#!/bin/sh\n',
  'link@': 'b',
  'dirlink@': 'd',
  'dangling@': 'nosuch',
  'd/x': '1',
  'd/y/z': '22',
  'd/y/.w': '',
  'd/e/': '',
  'with space': '',
  'file10': '',
  'file9': '',
  'old': '',
  '-dash': '',
  "it's": '',
  'new\nline': '',
  'tab\tand "quote"': '',
  'odd: dir/x y': '',
}
const times = { b: 1_100_000_000, a: 1_200_000_000, old: 0, run: yesterday, 'd/x': 1_234_567_890, 'd/y': 1_000_000_001, 'C.txt': 4_000_000_000 }

// Reading a directory may change when it was read.
// GNU's fills up columns with tabs otherwise.
testSame('ls', { files, times, changes: true, env: { TABSIZE: '0' } }, [
  [], ['-1'], ['-a'], ['-A'], ['-Aa'], ['d'], ['d', 'b'], ['b', 'a'], ['b', 'd', 'a', 'd/y'], ['-d'], ['-d', 'd', 'b'], ['-R'], ['-R', 'd'], ['-R', 'd/'], ['-RA', 'd', 'b'], ['-Ra', 'd'], ['-r'], ['-R', '-r', 'd'], ['-t'], ['-tr'], ['-S'], ['-Sr'], ['-F'], ['-p'], ['--classify'], ['-Fd', 'dirlink'], ['dirlink'], ['dirlink/'], ['-l', 'dirlink'], ['-l', 'dirlink/'], ['-lL', 'dirlink'], ['-d', 'dirlink'], ['-F', 'dirlink'], ['-p', 'dirlink'], ['-pd', 'dirlink', 'd'], ['link'], ['dangling'], ['-L', 'dangling'],
  ['-l'], ['-la', 'd'], ['-lA'], ['-ln'], ['-n'], ['-lr'], ['-lt'], ['-lS'], ['-lh'], ['-lF'], ['-lp'], ['-ld'], ['-ld', 'd', 'b'], ['-lR', 'd'], ['-s'], ['-ls'], ['-sh'], ['-lsh'], ['-lL', 'link'], ['-l', 'dangling', 'link'], ['-lhS'], ['-l', 'run'], ['-l', 'with space'], ['-ls', 'd/e'], ['d/e'], ['-l', 'd/e'],
  ['-i', '/etc/passwd', '/etc/group'], ['-li', '/etc/passwd', '/etc/group'], ['-l', '/dev/null', '/dev/zero'], ['-l', '/dev/null', '/dev/zero', 'b'], ['-F', '/dev/null'],
  ['-C'], ['-x'], ['-Cw', '20'], ['-xw', '20'], ['-Cw', '1'], ['-Cw', '0'], ['-xw', '0'], ['-C', '-w40'], ['-x', '--width=33'], ['-CF', '-w', '30'], ['-Cs', '-w50'], ['-xs', '-w50'], ['-CR', '-w20'], ['-Cl'], ['-lC'], ['-l1'], ['-1l', 'd'], ['-C1'], ['-1C'], ['-xC', '-w30'], ['-Cx', '-w30'], ['-w', 'x'], ['-w', ''], ['-C', 'b', 'a', 'd'], ['-C', 'd/e'], { args: ['-C'], env: { COLUMNS: '25', TABSIZE: '0' } }, { args: ['-x'], env: { COLUMNS: '70', TABSIZE: '0' } },
  ['nosuch'], ['nosuch', 'b'], ['b', 'nosuch', 'd'], ['nosuch', 'also not', 'd'], ['-d', 'nosuch'], ['b/'], ['b/x'], [''], ['-R', 'nosuch', 'd'], ['--', '-dash'], ['-dash'], ['--foo'], ['-y'], ['-e'], ['--all=3'], ['--color=never'], ['--inode', '/etc/passwd'], ['.'], ['./'], ['d/..'], ['d//'], ['d', 'd'],
  { args: [], to: '/dev/full' }, { args: [], to: 'closed' }, { args: ['nosuch'], to: '/dev/full' },
])
