import { testSame } from './support/table.js'

const files = {
  a: 'one\n',
  b: 'two bytes\n',
  e: '',
  'run*': '#!/bin/sh\n',
  'd/x': '1',
  'd/sub/y': '22',
  'd/link@': 'x',
  'empty/': '',
  'full/d/z': 'z',
  'full/a': 'another a',
  'link@': 'a',
  'dirlink@': 'd',
  'dangling@': 'nosuch',
  'loop@': 'loop',
  '-foo': 'dash',
  'with space': 's',
  "it's": 'q',
  'new\nline': 'n',
}
const times = { b: 1_100_000_000, 'full/a': 1_200_000_000, 'd/x': 1_234_567_890, d: 1_111_111_111 }
const common = { files, times, changes: true }

testSame('mkdir', common, [
  [], ['-p'], ['-m', 'xyz'], ['n'], ['n', 'm'], ['-v', 'n', 'm'], ['a'], ['-p', 'a'], ['d'], ['-p', 'd'], ['-pv', 'd/new/er'], ['-pv', 'q/r/./s', 'q/t/../u'], ['-p', 'nodir/../x'], [''], ['-p', ''], ['-p', '/'], ['/'], ['.'], ['-p', '..'], ['-pv', 'z1/z2/'], ['z1/'], ['-pv', './z1//z2'],
  ['-m', '700', 'n'], ['-m', '1777', 'n'], ['-m', '7777', 'n'], ['-m', '0', 'n'], ['-m', '99', 'n'], ['-m', '77777', 'n'], ['-m', '', 'n'], ['-m', 'ug=rwx,o=,', 'n'], ['-m', 'z', 'n'], ['-m', 'u', 'n'], ['-p', '-m', '700', 'n1/n2'], ['-pm', '750', 'd'], ['--mode=711', 'n'], ['--parents', '--verbose', 'd/p'],
  ['nosuch/x'], ['dangling'], ['-p', 'dangling'], ['dirlink'], ['-p', 'dirlink'], ['-pv', 'dirlink/y'], ['loop/x'], ['a/x'], ['n', 'a', 'm'], ['x\ny', 'a b', 'a'], ['--', '-n'], ['-n'], ['--foo'], ['-q'], ['-m'], ['x'.repeat(256)], ["it's/x", 'with space', "it's"],
  { args: ['-v', 'n'], to: '/dev/full' },
])

testSame('rmdir', common, [
  [], ['-p'], ['empty'], ['-v', 'empty'], ['empty/'], ['d'], ['a'], ['nosuch'], ['-v', 'nosuch', 'empty'], ['.'], ['..'], ['/'], [''], ['d/..'], ['d/.'], ['dirlink'], ['link/'], ['loop'], ['-p', 'd/sub'], ['-x'], ['--', '-foo'], ['new\nline'],
  { args: ['-pv', 'p/q/r'], files: { 'p/q/r/': '' } }, { args: ['-pv', 'p//q///r'], files: { 'p/q/r/': '' } }, { args: ['-v', 'p/q', 'p'], files: { 'p/q/': '' } },
])

testSame('rm', common, [
  [], ['-f'], ['-r'], ['a'], ['-v', 'a', 'b'], ['a', 'nosuch', 'b'], ['-f', 'nosuch', 'b'], ['d'], ['-f', 'd'], ['-d', 'd'], ['-dv', 'empty'], ['-d', 'a'], ['-r', 'd'], ['-R', 'd', 'full'], ['-rv', 'full/d'], ['-rfv', 'full/d/'], ['-r', 'd', 'nosuch'], ['--recursive', '--force', '--verbose', 'nosuch', 'empty'],
  ['link', 'dirlink', 'dangling', 'loop'], ['-r', 'dirlink'], ['dirlink/'], ['-r', 'dirlink/'], ['-rf', 'dirlink/'], ['link/'], ['a/'], ['-r', 'a/'], ['a/x'], ['-f', 'a/x'], ['loop/x'], ['-f', 'loop/x'], [''], ['-f', ''], ['-r', ''],
  ['.'], ['-r', '.'], ['-rf', '..'], ['-r', 'd/.'], ['-r', 'd/..', 'a'], ['-r', './'], ['-r', '/..'], ['-rf', '/tmp/..'], ['-r', 'd/../.'], ['-d', '/'], ['/'],
  ['--', '-foo'], ['./-foo'], ['-x'], ['-rZ', 'a'], ['--foo', 'a'], ['with space', "it's", 'new\nline'], ['-v', 'with space', "it's", 'new\nline'], ['x\ny'], ['x'.repeat(256)],
  { args: ['-i', 'a', 'b', 'e'], input: 'y\nn\nY\n' }, { args: ['-i', 'a'], input: '' }, { args: ['-iv', 'a', 'link', 'nosuch'], input: 'yes\nyeah\n' }, { args: ['-if', 'a'] }, { args: ['-fi', 'a'], input: 'n\n' }, { args: ['-ri', 'p'], input: 'y\ny\ny\ny\ny\ny\n', files: { 'p/q/r': 'r' } }, { args: ['-ri', 'full/d'], input: 'y\nn\ny\n' }, { args: ['-ri', 'full/d'], input: 'n\n' }, { args: ['-ri', 'full/d'], input: 'y\ny\nn\n' }, { args: ['-ri', 'empty'], input: 'y\n' }, { args: ['-id', 'empty'], input: 'n' }, { args: ['-i', 'd'], input: 'y\n' },
  { args: ['-v', 'a'], to: '/dev/full' }, { args: ['a', 'nosuch'], to: 'closed' },
])

testSame('cp', { ...common, accessed: true }, [
  [], ['a'], ['a', 'n'], ['a', 'b'], ['-v', 'a', 'n'], ['-v', 'a', 'b', 'd'], ['a', 'b', 'nosuch'], ['a', 'b', 'e'], ['nosuch', 'b'], ['nosuch', 'a', 'd'], ['a', 'a'], ['a', './a'], ['a', 'link'], ['-f', 'a', 'a'], ['a', 'nosuch/x'], ['a', 'b/'], ['a/', 'b'], ['a', 'e', 'full'], ['a', ''], ['', 'a'], ['run', 'n'], ['run', 'b'], ['a', 'run'], ['e', 'n', 'd'],
  ['d', 'n'], ['d', 'a', 'empty'], ['-r', 'd', 'n'], ['-r', 'd', 'empty'], ['-r', 'd', 'full'], ['-rv', 'full/d', 'n'], ['-r', 'full/.', 'n'], ['-r', 'full/', 'empty'], ['-R', 'd', 'full', 'empty'], ['-r', 'd', 'a'], ['-r', 'd', 'nosuch/n'], ['-r', 'a', 'd', 'n'], 
  ['link', 'n'], ['dangling', 'n'], ['dirlink', 'n'], ['-r', 'link', 'n'], ['-r', 'dangling', 'n'], ['-r', 'dirlink', 'n'], ['-r', 'dirlink/', 'n'], ['-rL', 'd', 'n'], ['-rP', 'dirlink', 'n'], ['-P', 'link', 'n'], ['-P', 'link', 'b'], ['-P', 'link', 'a'],  ['-P', 'link', 'dangling'], ['-rL', 'dangling', 'n'], ['a', 'link', 'd'], ['b', 'link'], ['b', 'dirlink'], ['a', 'loop'], ['loop', 'n'], ['-r', 'loop', 'n'],
  ['-p', 'b', 'n'], ['-p', 'run', 'n'], ['-p', 'run', 'b'], ['-rp', 'd', 'n'], ['-a', 'd', 'n'], ['-a', 'link', 'n'], ['-av', 'full/d', 'n'], ['-a', 'd', 'empty'], 
  ['-n', 'a', 'b'], ['-nv', 'a', 'b', 'n'], ['-n', 'a', 'd', 'full'], ['-rn', 'full/a', 'd'], ['-n', 'a', 'a'], 
  ['-q'], ['--foo', 'a', 'b'], ['--', '-foo', 'n'], ['-foo', 'n'], ['-v', 'with space', "it's", 'new\nline', 'd'], ['a', 'x'.repeat(256)], ['/dev/null', 'n'], ['/dev/null', 'b'], ['a', '/dev/null'],
  { args: ['-rv', 'p', 'q'], files: { 'p/q/r/s': 's' } },
  { args: ['-i', 'a', 'b'], input: 'y\n' }, { args: ['-i', 'a', 'b'], input: 'n\n' }, { args: ['-iv', 'a', 'e', 'full'], input: '' }, { args: ['-in', 'a', 'b'] }, { args: ['-ni', 'a', 'b'], input: 'y' }, { args: ['-v', 'a', 'n'], to: '/dev/full' },
])

testSame('mv', { ...common, accessed: true }, [
  [], ['a'], ['nosuch', 'n'], ['a', 'a'], ['a', './a'], ['d', 'd'], ['d', 'd/q'], ['d', 'd/sub'], ['a', 'n'], ['-v', 'a', 'n'], ['a', 'b'], ['-v', 'a', 'b', 'd'], ['a', 'nosuch/x'], ['a', 'b', 'nosuch'], ['a', 'b', 'e'], ['a', 'b/'], ['a/', 'n'], ['a', 'n/'], ['d', 'n'], ['d', 'n/'], ['d/', 'n'], ['d', 'a'], ['d', 'full'], ['a', 'full/d', 'empty'], 
  ['link', 'n'], ['link', 'a'], ['a', 'link'], ['dirlink', 'n'], ['dirlink/', 'n'], ['dangling', 'd'], ['b', 'dangling'], ['b', 'dirlink'], ['d', 'dirlink'], ['loop', 'n'], ['a', 'loop'], ['.', 'n'], ['d/.', 'n'], ['/', 'n'], ['a', ''], ['', 'n'], ['d/sub', '.'], ['d/..', 'n'],
  ['-n', 'a', 'b'], ['-nv', 'a', 'n'], ['-n', 'a', 'full'], ['-n', 'd', 'full'], ['-f', 'a', 'b'], ['-nf', 'a', 'b'], ['-fn', 'a', 'b'], ['-n', 'a', 'a'], ['a', 'd', 'full'],
  ['-x'], ['--foo', 'a', 'b'], ['--', '-foo', 'n'], ['-foo', 'n'], ['-v', 'with space', "it's", 'new\nline', 'd'], ['a', 'x'.repeat(256)], 
  { args: ['-i', 'a', 'b'], input: 'y\n' }, { args: ['-i', 'a', 'b'], input: 'n\n' }, { args: ['-iv', 'a', 'e', 'full'], input: '' }, { args: ['-if', 'a', 'b'] }, { args: ['-fi', 'a', 'b'], input: 'y' }, { args: ['-v', 'a', 'n'], to: '/dev/full' },
])

testSame('ln', common, [
  [], ['-s'], ['a'], ['d/x'], ['-s', 'd/x'], ['-s', 'a'], ['a', 'n'], ['-v', 'a', 'n'], ['a', 'b'], ['-f', 'a', 'b'], ['-fv', 'a', 'b'], ['a', 'a'], ['-f', 'a', 'a'], ['-f', 'a', './a'], ['-sf', 'a', 'a'], ['-s', 'q', 'q'], ['-s', 'a', 'n'], ['-sv', 'a', 'n'], ['-s', 'a', 'b'], ['-sf', 'a', 'b'], ['-sfv', 'b', 'link'], ['d', 'n'], ['-s', 'd', 'n'], ['-s', 'd/', 'n'], ['-s', 'nosuch', 'n'], ['-s', 'nosuch'], ['a', 'b', 'nosuch'], ['a', 'b', 'e'], ['a', 'b', 'd'], ['-sv', '../a', '../b', 'd'], ['a', 'full'], ['-f', 'a', 'full'], ['-s', 'x', 'nosuch/n'], ['-s', 'a', ''],
  ['-s', 'z', 'dirlink'], ['-sn', 'z', 'dirlink'], ['-sfn', 'z', 'dirlink'], ['-sfn', 'z', 'd'], ['-sv', 'x', './'], ['link', 'n'], ['dangling', 'n'], ['dirlink', 'n'], ['a', 'loop'], ['-f', 'a', 'loop'], ['-sf', 'a', 'dangling'], ['a', 'dangling'], ['-s', 'a', 'n/'], 
  ['a', 'full/a', 'empty'], ['-sf', '../a', '../full/a', 'empty'], ['-x'], ['--foo', 'a', 'b'], ['--', '-foo', 'n'], ['-sv', 'with space', "it's", 'new\nline', 'd'], 
])

testSame('touch', { ...common, accessed: true }, [
  [], ['-c'], ['n'], ['n', 'm'], ['a'], ['-c', 'n'], ['-c', 'a'], ['-a', 'a'], ['-m', 'a'], ['-am', 'a'], ['d'], ['d/'], ['nosuch/n'], ['-c', 'nosuch/n'], [''], ['-c', ''], ['a/x'], ['loop'], ['loop/x'], ['link'], ['dangling'], ['-c', 'dangling'], 
  ['-d', '2020-01-02', 'a'], ['-d', '2020-01-02', 'n'], ['-d', '2020-01-02 03:04:05', 'a'], ['-d', '2020-01-02T03:04:05.678Z', 'a'], ['-d', '2020-01-01T10:00', 'a'], ['-d', '2020-01-01 10:00:00 +0200', 'a'], ['-d', '2020-01-01 10:00-05:30', 'a'], ['-d', '@12.5', 'a'], ['-d', '@-100', 'a'], ['-d', '@0', 'd'], ['-d', 'now', 'a'], ['-d', 'xyz', 'a'], ['-d', '2020-13-01', 'a'], ['-d', '2020-02-30', 'a'], ['-d', '2020-01-01T24:00', 'a'], ['-d', '2020-01-01T10:00:60', 'a'], ['-d', '@', 'a'], ['-ad', '2020-01-02', 'a'], ['-md', '2020-01-02', 'a'], ['--date=2030-01-01', 'a'], ['-d', 'xyz'],
  ['-t', '200101020304', 'a'], ['-t', '200101020304.05', 'a'], ['-t', '7001020304', 'a'], ['-t', '2001020304', 'a'], ['-t', '99', 'a'], ['-t', '202002300000', 'a'], ['-t', '20200101000', 'a'], ['-t', '202001011260', 'a'], ['-t', '', 'a'],
  ['-r', 'b', 'a'], ['-r', 'b', 'n'], ['-r', 'nosuch', 'a'], ['-r', 'link', 'n'], ['-ar', 'b', 'a'], ['-mr', 'b', 'a'], ['-r', 'd', 'n'], ['-d', '2000-01-01', '-t', '200101020304', 'a'], ['-r', 'b', '-t', '200101020304', 'a'], ['-r', 'b', '-d', '2000-01-01', 'a'], ['-x'], ['--foo', 'a'], ['--', '-foo'], ['--no-create', 'x'], ['with space', "it's", 'new\nline'], ['x'.repeat(256)], 
])
