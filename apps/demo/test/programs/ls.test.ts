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
testSame('ls', { files, times, changes: true }, [
  [], ['-1'], ['-a'], ['-A'], ['-aA'], ['-Aa'], ['d'], ['d', 'b'], ['b', 'a'], ['b', 'd', 'a', 'd/y'], ['-d'], ['-d', 'd', 'b'], ['-R'], ['-R', 'd'], ['-R', 'd/'], ['-RA', 'd', 'b'], ['-Ra', 'd'], ['-r'], ['-R', '-r', 'd'], ['-t'], ['-tr'], ['-S'], ['-Sr'], ['-X'], ['-v'], ['-U', 'b', 'a'], ['-u'], ['-tu'], ['-F'], ['-p'], ['--file-type'], ['--classify'], ['-Fd', 'dirlink'], ['dirlink'], ['dirlink/'], ['-l', 'dirlink'], ['-l', 'dirlink/'], ['-lL', 'dirlink'], ['-d', 'dirlink'], ['-F', 'dirlink'], ['-p', 'dirlink'], ['-pd', 'dirlink', 'd'], ['link'], ['dangling'], ['-L', 'dangling'],
  ['-l'], ['-la', 'd'], ['-lA'], ['-ln'], ['-n'], ['-lr'], ['-lt'], ['-lS'], ['-lh'], ['-lF'], ['-lp'], ['-ld'], ['-ld', 'd', 'b'], ['-lR', 'd'], ['-g'], ['-o'], ['-go'], ['-lG'], ['-s'], ['-ls'], ['-sh'], ['-lsh'], ['-lL', 'link'], ['-lu', 'a', 'b', 'd/x'], ['-l', 'b', 'a', 'd'], ['-l', 'dangling', 'link'], ['-lhS'], ['-l', 'run'], ['-l', 'with space'], ['--group-directories-first'], ['--group-directories-first', '-r'], ['-l', '--group-directories-first'], ['-R', '--group-directories-first'], ['-ls', 'd/e'], ['d/e'], ['-l', 'd/e'],
  ['-i', '/etc/passwd', '/etc/group'], ['-li', '/etc/passwd', '/etc/group'], ['-l', '/dev/null', '/dev/zero'], ['-l', '/dev/null', '/dev/zero', 'b'], ['-F', '/dev/null'],
  ['-C'], ['-x'], ['-Cw', '20'], ['-xw', '20'], ['-Cw', '1'], ['-Cw', '0'], ['-xw', '0'], ['-C', '-w40'], ['-x', '--width=33'], ['-CF', '-w', '30'], ['-Cs', '-w50'], ['-xs', '-w50'], ['-CR', '-w20'], ['-Cl'], ['-lC'], ['-l1'], ['-1l', 'd'], ['-C1'], ['-1C'], ['-xC', '-w30'], ['-Cx', '-w30'], ['-w', 'x'], ['-w', ''], ['-C', 'b', 'a', 'd'], ['-C', 'd/e'], { args: ['-C'], env: { COLUMNS: '25' } }, { args: ['-x'], env: { COLUMNS: '70' } },
  ['--quoting-style=shell-escape'], ['-C', '--quoting-style=shell-escape'], ['-xw40', '--quoting-style=shell-escape'], ['-l', '--quoting-style=shell-escape'], ['-C', '--quoting-style=shell-escape', 'b', 'a'], ['-FC', '--quoting-style=shell-escape'], ['-R', '--quoting-style=shell-escape', 'd', 'odd: dir'], ['-q'], ['-qC'], ['-N'], ['-Nq'], ['--quoting-style=literal', '-C', '-w60'], ['--hide-control-chars', '-l'],
  ['nosuch'], ['nosuch', 'b'], ['b', 'nosuch', 'd'], ['nosuch', 'also not', 'd'], ['-d', 'nosuch'], ['b/'], ['b/x'], [''], ['-R', 'nosuch', 'd'], ['--', '-dash'], ['-dash'], ['--foo'], ['-y'], ['-e'], ['--rec', 'd'], ['--re', 'd'], ['--all=3'], ['--color=never'], ['--inode', '/etc/passwd'], ['.'], ['./'], ['d/..'], ['d//'], ['d', 'd'],
  { args: [], to: '/dev/full' }, { args: [], to: 'closed' }, { args: ['nosuch'], to: '/dev/full' },
])
