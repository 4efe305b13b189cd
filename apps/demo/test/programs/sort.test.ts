import { testSame } from './support/table.js'

const files = {
  s: 'b 2\na 10\nA 1\n\nb 2\n-3\n1.5\n1e3\n 5\n0x10\n+4\nJan\nfeb\n2K\n1M\nb  1\n\tc\n_x\n#y\n',
  n: '10\n9\n-1\n-01\n0\n-0\n1.50\n1.5\n.5\n-.5\n00010\n100000000000000000000\n100000000000000000001\n-100000000000000000001\n1,000\nx\n\n 7\n1.\n--1\n3 x\n',
  h: '1K\n1000\n2\n1M\n-1K\n-2M\n1.5K\n1G\n0K\n1k\n1x\nK\n900K\n1T\n',
  t: 'c:3:z\na:1:y\nb:2:x\na:10:x\n:5:\nb\nb:2:x\na:1:b\n',
  v: 'a-1.10\na-1.9\na-1.9.tar.gz\na-1.09\n.x\n.\n..\na\na~\na-1\nfile1\nfile01\nfile10\nfile2.txt\nfile2\n\n1\n1.0\n1.0.0\n01\nab.c\nab.d\n',
  g: '1e3\n1\n-1e2\ninf\n-inf\nnan\nx\n0x10\n1e\n.5\n+3\n1e400\n',
  m: 'JAN 1\nfeb\nXYZ\n dec\nJanuary\nma\nMAR\n',
  five: '1\n2\n3\n4\n5\n',
  odd: '1\n3\n5\n7\n',
  noend: 'b\na',
  e: '',
  nul: 'b\0a\0c',
  bytes: '\xff\n\x80\na\n\x01\nA\n\xe9\n',
  words: 'the cat\nThe dog\nthe  ant\n the bee\nTHE cow\nthe cat\n',
  'd/': '',
}

testSame('sort', { input: 'in\nput\na\n', files }, [
  [], ['s'], ['s', 'five'], ['-', 's'], ['-r', 's'], ['-f', 's'], ['-n', 's'], ['-n', 'n'], ['-nr', 'n'], ['-ns', 'n'], ['-h', 'h'], ['-hr', 'h'], ['-hu', 'h'], ['-b', 's'], ['-bf', 'words'], ['-u', 's'], ['-fu', 'words'], ['-fus', 'words'], ['-rs', 's'], ['-ru', 's'], ['-rf', 'words'], ['-rfs', 'words'], ['bytes'], ['noend'], ['e'], ['noend', 'noend'], ['-z', 'nul'], ['-zr', 'nul'], ['-u', 'noend', 'noend'],
  ['-k2', 's'], ['-k', '2', 's'], ['-k2n', 's'], ['-nk2', 's'], ['-k2,2', 's'], ['-k1,1', 'words'], ['-k1,1f', 'words'], ['-k1,1', '-s', 'words'], ['-k1f,1', '-k2r', 'words'], ['-k2b', 'words'], ['-bk2', 'words'], ['-k2b,2', 'words'], ['-k2,2b', 'words'], ['-k1.2', 'words'], ['-k1.2b', 'words'], ['-k1.2,1.3', 'words'], ['-k1.2,1.3b', 'words'], ['-k1.3,2.1', 'words'], ['-k2.2b,2.3b', 'words'], ['-k1.99', 'words'], ['-k9', 'words'], ['-k2,1', 's'], ['-k1n,2r', 's'], ['-u', '-k1,1', 'words'], ['-uf', '-k1,1', 'words'], ['-r', '-k1,1', 'words'], ['-r', '-k2,2n', '-k1,1', 't'], ['-k1,1r', '-k2', 's'], ['-k1b,1', 'words'], ['-b', '-k1,1', 'words'], ['-b', '-k1.1,1.4', 'words'], ['-f', '-k2', 'words'], ['-f', '-k2n', 'words'], ['-k1,2.0', 's'], ['-k1.1,1.0', 'words'], ['-k1h', 'h'],
  ['-t:', '-k2', 't'], ['-t', ':', '-k2n', 't'], ['-t:', '-k2,2n', '-k3', 't'], ['-t:', '-k3', 't'], ['-t:', '-k1,1', 't'], ['-t:', '-k1.2,2.1', 't'], ['-t:', '-k2b', 't'], ['-t', ' ', '-k2', 'words'], ['-t', 'h', '-k2', 'words'], ['-t:', '-k1,1', '-u', 't'], ['-t:', '-k1,1', '-s', 't'], ['-t:', '-k1,1r', '-k2nr', 't'], ['-t:', '-k2.1,2.1', 't'], ['-t:', '-k2,2.0', 't'], ['-t', '', 's'], ['-t', 'xx', 's'], ['-t', '\\0', '-k1', 's'], ['-ta', '-tb', 's'], ['-ta', '-ta', 's'], ['-t', '\\t', 's'],
  ['-c', 's'], ['-c', 'five'], ['-C', 's'], ['-C', 'five'], ['-cu', 'five'], ['-cu', 'noend'], ['-c', 'e'], ['-cr', 'five'], ['-cn', 'n'], ['-c', 'five', 's'], ['-C', 'five', 's'], ['-c', 'd'], ['-c'], ['--check', 's'], ['-cu', 'words'], ['-cs', '-k1,1', 'words'], ['-c', '-k2', 't'],
  ['-m', 'five', 'odd'], ['-m', 'five', 'five'], ['-mu', 'five', 'odd'], ['-m', 'nosuch'], ['-m', 'e', 'five'], ['-mc', 'five'],
  ['nosuch'], ['nosuch', 's'], ['s', 'nosuch'], ['s', 'nosuch', 'nosuch2'], ['d'], ['s', 'd'], ['no such'],
  ['-k', '0', 's'], ['-k', '1.0', 's'], ['-k', '1x', 's'], ['-k', '1,0', 's'], ['-k', '1.2.3', 's'], ['-k', '1,2,3', 's'], ['-k99999999999999999999', 's'], ['-k', '1 ', 's'],
  ['-fn', 's'], 
  ['--key=2', 's'], ['--reverse', 's'], ['--foo', 's'], ['-e', 's'], ['--key'], ['-k'], ['--unique=1', 's'], ['--field-separator=:', '-k2', 't'], ['-s', 's'], ['--', '-s'],
  { args: ['five'], to: 'five' }, { args: [], from: 's' }, { args: ['-n'], from: 'n' },
  { args: ['-c'], from: 'closed' },
])

testSame('sort', { input: 'in\nput\na\n', files, changes: true }, [
  ['-o', 'out', 's'], ['-o', 's', 's'], ['-o', 's', 's', 'five'], ['-o', 'nosuch/x', 's'], ['-o', 'd', 's'], ['-o', 'out', 'nosuch'], ['-o', 'x', '-o', 'x', 's'], ['-o'], ['-oout', 'five', 'odd'], ['--output=out', 's'], ['s', '-o', 'out'], ['-u', '-o', 'five', 'five', 'five'],
])
