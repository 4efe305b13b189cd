import { createMemoryTree, memoryKinds } from '@ht/file/memory'
import { createKernel, type Kernel, type Program } from '@ht/kernel'
import { createSink, createSource } from '@ht/kernel/stdio'
import { createPipe, pipeKind } from '@ht/pipe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programs } from '../../src/programs/index.js'

let kernel: Kernel
/** The calls of each task, by the task's number. */
let calls: Map<number, string[]>

beforeEach(() => {
  calls = new Map()
  const tree = createMemoryTree()
  tree.writeFile('/lines', 'one\ntwo\nthree\n')
  kernel = createKernel({
    kinds: [pipeKind, ...memoryKinds],
    root: tree.root(),
    pipe: createPipe,
    trace: ({ task, name }) => calls.set(task, [...(calls.get(task) ?? []), name]),
  })
})

afterEach(() => {
  expect(kernel.tasks()).toEqual([])
  kernel.close()
})

type Command = readonly [program: string, ...args: string[]]

/** Runs commands each of which reads what the one in front of it writes. */
async function pipeline(...commands: Command[]): Promise<{ text: string; ends: (number | string)[]; writes: number[] }> {
  const ends: (number | string)[] = []
  const writes: number[] = []
  const shell: Program = async (task) => {
    let stdin = 0
    const children = commands.map(([name, ...args], i) => {
      const [reader, writer] = i < commands.length - 1 ? task.pipe2() : [-1, 1]
      const handles = reader < 0 ? {} : { [reader]: null, [writer]: null }
      const child = task.spawn(programs[name]!, {
        args,
        name,
        stdin,
        stdout: writer,
        handles: { ...handles, ...(stdin > 2 ? { [stdin]: null } : {}) },
      })
      if (stdin > 2) task.close(stdin)
      if (reader >= 0) task.close(writer)
      stdin = reader
      return child.id
    })
    for (const child of children) {
      const { status, signal } = await task.wait(child)
      ends.push(signal ?? status)
      writes.push((calls.get(child) ?? []).filter((name) => name.startsWith('write')).length)
    }
  }
  const { text, error } = await kernel.run(shell)
  expect(error).toBeUndefined()
  return { text, ends, writes }
}

describe('what writes without end is ended by who reads enough', () => {
  it.each<[string, Command[], string]>([
    ['yes | head -1', [['yes'], ['head', '-1']], 'y\n'],
    ['yes | grep y | head -2', [['yes'], ['grep', 'y'], ['head', '-2']], 'y\ny\n'],
    [
      'yes no | cat -n | head -n 2',
      [
        ['yes', 'no'],
        ['cat', '-n'],
        ['head', '-n', '2'],
      ],
      '     1\tno\n     2\tno\n',
    ],
    [
      'seq inf | tail -n +3 | head -1',
      [
        ['seq', 'inf'],
        ['tail', '-n', '+3'],
        ['head', '-1'],
      ],
      '3\n',
    ],
    ['yes | tee | uniq -D | head -c 4', [['yes'], ['tee'], ['uniq', '-D'], ['head', '-c', '4']], 'y\ny\n'],
  ])('%s', async (_, commands, output) => {
    const { text, ends, writes } = await pipeline(...commands)
    expect(text).toBe(output)
    expect(ends).toEqual(commands.map((__, i) => (i < commands.length - 1 ? 'PIPE' : 0)))
    // Each is held up by what the next one has room for.
    for (const count of writes) expect(count).toBeLessThan(20)
  })

  it('grep -q ends as soon as it knows', async () => {
    expect(await pipeline(['yes'], ['grep', '-q', 'y'])).toMatchObject({ text: '', ends: ['PIPE', 0] })
  })
})

describe('a broken pipe that is ignored', () => {
  it.each(['cat', 'yes', 'seq', 'sort', 'tee'])('is an error of %s', async (name) => {
    const { reader, writer } = createPipe()
    reader.release()
    const errors: string[] = []
    const task = kernel.spawn(
      (it) => {
        it.onSignal('PIPE', 'ignore')
        return it.exec(programs[name]!, { args: name === 'seq' ? ['3'] : [], name })
      },
      {
        stdin: createSource('text\n'),
        stdout: writer,
        stderr: createSink((bytes) => void errors.push(Buffer.from(bytes).toString())),
      },
    )
    const { status, signal } = await task.exited
    expect([status, signal]).toEqual([name === 'sort' ? 2 : 1, undefined])
    expect(errors.join('')).toMatch(/^\w+: .*: Broken pipe\n/)
  })
})

describe('what was put out is written before a wait for more', () => {
  it.each<[string, Command, string]>([
    ['cat', ['cat'], 'line\n'],
    ['cat -n', ['cat', '-n'], '     1\tline\n'],
    ['grep', ['grep', 'line'], 'line\n'],
    ['grep -c does not, since it has nothing yet', ['grep', '-c', 'line'], ''],
    ['head', ['head'], 'line\n'],
    ['tail +1', ['tail', '-n', '+1'], 'line\n'],
    ['tee', ['tee'], 'line\n'],
    ['uniq, of lines that are sure', ['uniq', '-D'], ''],
  ])('by %s', async (_, [name, ...args], expected) => {
    let [output, written, asked] = ['', '', 0]
    const task = kernel.spawn(programs[name]!, {
      args,
      stdin: createSource(() => {
        if (asked++ === 0) return 'line\n'
        written = output
        return null
      }),
      stdout: createSink((bytes) => {
        output += Buffer.from(bytes).toString()
      }),
      stderr: createSink(() => undefined),
    })
    await task.exited
    // When it asked for more.
    expect(written).toBe(expected)
  })
})

describe('env', () => {
  const env = { A: '1', B: 'two', C: 'é' }

  it.each<[string[], string]>([
    [[], 'A=1\nB=two\nC=é\n'],
    [['-u', 'A'], 'B=two\nC=é\n'],
    [['-i'], ''],
    [['-'], ''],
    [['-i', 'X=y=z', 'A='], 'X=y=z\nA=\n'],
    [['B=3', 'D=4'], 'A=1\nB=3\nC=é\nD=4\n'],
    [['-0', '-uA', '-uB'], 'C=é\0'],
    [['X=1', 'env', '-u', 'A'], 'B=two\nC=é\nX=1\n'],
    [['-i', 'echo', '-n', 'a  b', '-i'], 'a  b -i'],
    [['-C', '/', 'pwd'], '/\n'],
  ])('with %j', async (args, output) => {
    const { status, text } = await kernel.run(programs['env']!, { args, env })
    expect([status, text]).toEqual([0, output])
  })

  it.each<[string[], number, string]>([
    [['nosuch', 'x'], 127, "env: 'nosuch': No such file or directory\n"],
    [['constructor'], 127, "env: 'constructor': No such file or directory\n"],
    [['false'], 1, ''],
    [['-x'], 125, "env: invalid option -- 'x'\nTry 'env --help' for more information.\n"],
    [['-u', 'a=b'], 125, "env: cannot unset 'a=b': Invalid argument\n"],
    [['-C', '/nosuch', 'pwd'], 125, "env: cannot change directory to '/nosuch': No such file or directory\n"],
    [['-C', '/'], 125, "env: must specify command with --chdir (-C)\nTry 'env --help' for more information.\n"],
  ])('with %j ends with %i', async (args, expected, message) => {
    const { status, stderr } = await kernel.run(programs['env']!, { args, env })
    expect([status, Buffer.from(stderr).toString()]).toEqual([expected, message])
  })
})

describe('the rest', () => {
  it('sleep is ended by a signal', async () => {
    const task = kernel.spawn(programs['sleep']!, { args: ['1d'] })
    await Promise.resolve()
    kernel.kill(task.id, 'INT')
    expect(await task.exited).toMatchObject({ signal: 'INT' })
  })

  it('pwd tells the working directory, and with -L how it was come to', async () => {
    const run = (args: string[], PWD: string) =>
      kernel.run(async (task) => {
        task.mkdir('/real')
        task.symlink('real', '/link')
        task.chdir('/link')
        return task.exec(programs['pwd']!, { args, env: { PWD } })
      })
    const texts = []
    for (const [args, path] of [
      [[], '/link'],
      [['-P'], '/link'],
      [['-L'], '/link'],
      [['-L'], '/'],
      [['-L'], '/real/../link'],
      [['-LP'], '/link'],
    ] as const) {
      texts.push((await run([...args], path)).text)
      await kernel.run((task) => {
        task.unlink('/link')
        task.rmdir('/real')
        return 0
      })
    }
    expect(texts).toEqual(['/real\n', '/real\n', '/link\n', '/real\n', '/real\n', '/real\n'])
  })

  it('lsof lists all tasks, or those that it is asked for', async () => {
    const all = await kernel.run(programs['lsof']!)
    expect(all.text).toMatch(/^TASK +NAME .*\n +\d+ +lsof /)
    expect(await kernel.run(programs['lsof']!, { args: ['-p', '99999'] })).toMatchObject({ status: 1, text: '' })
    expect(await kernel.run(programs['lsof']!, { args: ['-p', 'x'] })).toMatchObject({ status: 1, text: '' })
  })

  it('tail and head leave a file where they stopped, for who reads it next', async () => {
    const { text } = await kernel.run(async (task) => {
      const file = task.open('/lines')
      for (const args of [
        ['-n', '1'],
        ['-c', '3'],
      ]) {
        await task.wait(task.spawn(programs['head']!, { args, stdin: file }))
        await task.writeAsync(1, Buffer.from('|'))
      }
      await task.wait(task.spawn(programs['grep']!, { args: ['-m1', ''], stdin: file }))
      await task.wait(task.spawn(programs['cat']!, { stdin: file }))
    })
    expect(text).toBe('one\n|two|\nthree\n')
  })

  it.each(Object.keys(programs).filter((name) => !['true', 'false', 'echo'].includes(name)))(
    '%s has help, and names its options there',
    async (name) => {
      const { status, text, stderr } = await kernel.run(programs[name]!, { args: ['--help'] })
      expect([status, stderr.length]).toEqual([0, 0])
      expect(text.startsWith(`Usage: ${name} `)).toBe(true)
    },
  )

  it('takes and gives names that are no UTF-8 as they are', async () => {
    const { text } = await kernel.run(programs['echo']!, { args: ['é', '\udcff'] })
    expect(text).toBe('é \ufffd\n')
    const { stdout } = await kernel.run(programs['echo']!, { args: ['\udcff\udc80', '😀'] })
    expect([...stdout]).toEqual([0xff, 0x80, 0x20, 0xf0, 0x9f, 0x98, 0x80, 0x0a])
  })
})
