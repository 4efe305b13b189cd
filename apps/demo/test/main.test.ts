import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { htsh } from './htsh.js'

const readme = fileURLToPath(new URL('../../../README.md', import.meta.url))
const hasBash = spawnSync('bash', ['-c', 'true']).status === 0
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'htsh-'))
  copyFileSync(readme, join(folder, 'README.md'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** What a command line came to. */
function run(args: readonly string[], input: string | Buffer = '') {
  const [node = '', ...rest] = htsh
  const { status, stdout, stderr } = spawnSync(node, [...rest, ...args], {
    cwd: folder,
    env: { ...process.env, INIT_CWD: folder },
    input,
    maxBuffer: 1 << 26,
  })
  return { status, bytes: stdout, out: stdout.toString(), err: stderr.toString() }
}

/** The words of a command line in quotes of sh(1). */
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ')

describe('htsh -c', () => {
  it.skipIf(!hasBash)('gives the same bytes, files and status as the system’s shell and tools', () => {
    const line = 'cat README.md | grep -i handle | sort | uniq -c | head -3 > out.txt'
    const env = { ...process.env, LC_ALL: 'C' }
    const theirs = spawnSync('bash', ['-c', line], { cwd: folder, env, encoding: 'utf8' })
    const wanted = readFileSync(join(folder, 'out.txt'))
    rmSync(join(folder, 'out.txt'))
    expect(run(['-c', line])).toMatchObject({ status: theirs.status, out: theirs.stdout, err: theirs.stderr })
    expect(readFileSync(join(folder, 'out.txt'))).toEqual(wanted)
    expect(wanted.length).toBeGreaterThan(0)
  })

  it('ends with the status of the line', () => {
    expect(run(['-c', 'exit 7'])).toMatchObject({ status: 7, out: '', err: '' })
    expect(run(['-c', 'true && false'])).toMatchObject({ status: 1 })
  })

  it('passes bytes through unchanged, and reads no more of its input than is asked for', () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) & 255))
    expect(run(['-c', 'cat'], bytes).bytes.equals(bytes)).toBe(true)
    const endless = spawnSync('sh', ['-c', `yes | ${quoted(htsh)} -c 'head -1'`], { encoding: 'utf8' })
    expect(endless).toMatchObject({ stdout: 'y\n', stderr: '', status: 0 })
  })

  it('loses no output at its end, however slow its reader', async () => {
    const [node = '', ...rest] = htsh
    const child = spawn(node, [...rest, '-c', 'seq 300000; exit 3'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.on('close', resolve))
    let length = 0
    for await (const chunk of child.stdout) {
      length += (chunk as Buffer).length
      await new Promise(setImmediate)
    }
    expect(length).toBe(1_988_895)
    expect(await ended).toBe(3)
  })

  it('ends without a message when its reader has gone', () => {
    const { stdout, stderr } = spawnSync('sh', ['-c', `${quoted(htsh)} -c yes | head -1`], { encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: 'y\n', stderr: '' })
  })

  it.skipIf(!existsSync('/dev/full'))('hears that the file it writes to is full', () => {
    const line = `${quoted(htsh)} -c 'echo lost || echo $? >&2; seq 3' > /dev/full`
    const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'htsh: line 1: echo: write error: No space left on device\n1\nseq: write error: No space left on device\n',
    })
  })

  it('waits for what it left in the background', () => {
    // Which of the two is first is up to the machine.
    const { out, status } = run(['-c', '(sleep 0.05; echo late) & echo soon; exit 4'])
    expect({ lines: out.split('\n').sort(), status }).toEqual({ lines: ['', 'late', 'soon'], status: 4 })
  })
})

describe('a script', () => {
  it('is run with its name for $0 and what follows for $1', () => {
    writeFileSync(join(folder, 'script'), 'echo "$0: $1, $2"\n\nif false; then\n  echo no\nfi\n(exit 5)\n')
    expect(run(['script', 'one', '--root'])).toMatchObject({ status: 5, out: 'script: one, --root\n', err: '' })
  })

  it('is run command by command, up to the first that is none', () => {
    writeFileSync(join(folder, 'broken'), 'echo before\necho a | | b\necho after\n')
    const { status, out } = run(['broken'])
    expect({ status, out }).toEqual({ status: 2, out: 'before\n' })
  })

  it('that is not there, or is a directory, ends with 127 and 126', () => {
    mkdirSync(join(folder, 'directory'))
    expect(run(['nothing'])).toMatchObject({ status: 127, err: 'htsh: nothing: No such file or directory\n' })
    expect(run(['directory'])).toMatchObject({ status: 126, err: 'htsh: directory: Is a directory\n' })
  })
})

describe('standard input', () => {
  it('is where commands come from with -s, and where they read on', () => {
    expect(run(['-s', 'one'], 'echo $1\n(exit 3)\ncat\nread this\n')).toMatchObject({ status: 0, out: 'one\nread this\n' })
    expect(run(['-s'], '\nnothing-like-it\n')).toMatchObject({
      status: 127,
      err: 'htsh: line 2: nothing-like-it: command not found\n',
    })
  })

  it('may end in the middle of a line, or of a command', () => {
    expect(run(['-s'], 'echo one; exit 3')).toMatchObject({ status: 3, out: 'one\n' })
    expect(run(['-s'], 'echo one\nif true\n')).toMatchObject({ status: 2, out: 'one\n' })
  })
})

describe('where it works', () => {
  it('--root confines it to a folder: paths begin there, and links cannot lead out', () => {
    const cell = join(folder, 'cell')
    mkdirSync(join(cell, 'sub'), { recursive: true })
    writeFileSync(join(cell, 'inside'), 'in\n')
    symlinkSync(join(folder, 'README.md'), join(cell, 'link'))
    symlinkSync('../README.md', join(cell, 'up'))
    const { out, err } = run(['--root', 'cell', '-c', 'pwd; cd /sub; cat ../../../inside; cat /link; cat /up; ls /'])
    expect(out).toBe('/\nin\ninside\nlink\nsub\nup\n')
    expect(err).toBe('cat: /link: No such file or directory\ncat: /up: No such file or directory\n')
  })

  it('--memory gives it files of its own', () => {
    const before = readdirSync(folder)
    const { out, status } = run([
      '--memory',
      '-c',
      'echo kept > /tmp/f && cat < /tmp/f; cd; pwd; ls /; ls / 2> /dev/null | wc -l',
    ])
    expect({ out, status }).toEqual({ out: 'kept\n/home\ndev\nhome\ntmp\n3\n', status: 0 })
    expect(readdirSync(folder)).toEqual(before)
    expect(existsSync('/tmp/f')).toBe(false)
  })

  it('--memory has a null device', () => {
    const { out, err } = run([
      '--memory',
      '-c',
      'echo gone > /dev/null; echo gone >> /dev/null; wc -c < /dev/null; ls -l /dev/null',
    ])
    expect(err).toBe('')
    expect(out).toMatch(/^0\ncrw-rw-rw- 1 0 0 1, 3 .* \/dev\/null\n$/)
  })

  it('begins where the user typed', () => {
    expect(run(['-c', 'pwd; echo $PWD']).out).toBe(`${folder}\n${folder}\n`)
  })
})

describe('the command line', () => {
  it('prints each system call with --trace, and changes nothing else', () => {
    const { out, err } = run(['--trace', '-c', 'echo traced | cat'])
    expect(out).toBe('traced\n')
    expect(err).toMatch(/^\[\d+\] pipe2\(.*\) = \[\d+, \d+\]$/m)
    expect(err).toMatch(/^\[\d+\] read\(0, "traced\\n", \d+\) = 7$/m)
    expect(err).toMatch(/^\[\d+\] \+\+\+ exited with 0 \+\+\+$/m)
  })

  it('that means nothing is 2 and a message', () => {
    expect(run(['--what'])).toMatchObject({ status: 2, out: '' })
    expect(run(['--what']).err).toMatch(/^htsh: .*--what.*\n.*--help.*\n$/)
    expect(run(['--root', 'nowhere', '-c', 'true'])).toMatchObject({ status: 2, out: '' })
    expect(run(['--root', 'nowhere', '-c', 'true']).err).toMatch(/^htsh: --root: nowhere: No such file or directory\n/)
  })

  it('--help and --version say what they are asked', () => {
    expect(run(['--help']).out).toMatch(/^Usage: htsh .*--memory.*--trace/s)
    expect(run(['--version']).out).toMatch(/^htsh, @ht\/kernel \d+\.\d+\.\d+\n$/)
  })

  it('without arguments and a terminal prints the first screen and all steps', () => {
    const { status, out, err } = run([])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out.match(/^── .*$/gm)?.length).toBe(6)
    expect(out).toMatch(/^ht gives JavaScript programs handles/)
  })
})

describe('the prompt without a terminal', () => {
  it('runs lines as they come, and gives a program the lines that it reads', () => {
    const { status, out } = run(['-i'], 'head -1\nfor head\necho done\nfalse\n')
    expect(status).toBe(1)
    expect(out.split(/\S* \$ /)).toEqual(['', 'for head\n', 'done\n', '\n', 'exit\n'])
  })
})
