import { createPresetKernel } from '@ht/kernel/preset'
import { createSink, createSource } from '@ht/kernel/stdio'
import { createMemoryTree } from '@ht/file/memory'
import { describe, expect, it } from 'vitest'
import { programs } from '../../src/programs/index.js'
import { complete, isComplete, Shell } from '../../src/shell/index.js'

/** Runs a session: what was written, and what `session` gives. */
async function inFront<T>(session: (shell: Shell) => Promise<T>): Promise<{ result: T; output: string }> {
  const tree = createMemoryTree()
  for (const name of ['apple', 'apricot', 'a b', '.hidden']) tree.writeFile(`/${name}`, '')
  tree.mkdir('/dir')
  tree.writeFile('/dir/inner', '')
  const kernel = createPresetKernel({ tree })
  let output = ''
  const sink = () => createSink((bytes) => (output += new TextDecoder().decode(bytes)))
  let result: T | undefined
  const task = kernel.spawn(async (self) => void (result = await session(new Shell(self, { programs }))), {
    stdin: createSource(''),
    stdout: sink(),
    stderr: sink(),
  })
  const { error } = await task.exited
  kernel.close()
  expect(error).toBeUndefined()
  return { result: result as T, output }
}

describe('an interactive shell', () => {
  it('keeps variables, directory and status from line to line', async () => {
    const { output } = await inFront(async (shell) => {
      for (const line of ['x=1', 'cd dir', 'echo $x $PWD', 'false', 'echo $?']) await shell.run(line)
    })
    expect(output).toBe('1 /dir\n1\n')
  })

  it('names no line in its messages, and goes on after a mistake', async () => {
    const { output, result } = await inFront(async (shell) => [
      await shell.run('nosuch'),
      await shell.run('echo )'),
      await shell.run('echo ${x?}; echo not reached'),
      await shell.run('case a in esac'),
      await shell.run('exit 1 2; echo not reached'),
      await shell.run('echo on'),
      shell.exiting,
    ])
    expect(output).toBe(
      "htsh: nosuch: command not found\nhtsh: syntax error near unexpected token `)'\nhtsh: x: parameter not set\n" +
        'htsh: `case` is not supported\nhtsh: exit: too many arguments\non\n',
    )
    expect(result).toEqual([127, 2, 1, 2, 1, 0, undefined])
  })

  it('says with which status it is to end', async () => {
    const { result } = await inFront(async (shell) => [
      await shell.run('(exit 4); exit; echo not reached'),
      shell.exiting,
      shell.lastStatus,
    ])
    expect(result).toEqual([4, 4, 4])
  })

  it('tells of a job when it is started, and once when it has ended', async () => {
    const { output, result } = await inFront(async (shell) => {
      const notices = [shell.notices()]
      await shell.run('sleep 1000 & true & false &')
      const [, yes, no] = shell.task.kernel.tasks().filter((task) => task !== shell.task)
      await Promise.all([yes!.exited, no!.exited])
      notices.push(shell.notices(), shell.notices())
      await shell.run('kill %1; wait')
      return [...notices, shell.notices()]
    })
    expect(output.replace(/\d+$/gm, 'N')).toBe('[1] N\n[2] N\n[3] N\n')
    expect(result).toEqual([[], ['[2]-  Done                    true\n', '[3]+  Exit 1                  false\n'], [], []])
  })

  it('puts each pipeline into a process group of its own, and its subshells in theirs', async () => {
    const { result } = await inFront(async (shell) => {
      await shell.run('sleep 1000 | sleep 1000 & (sleep 1000 | cat) &')
      const tasks = () => shell.task.kernel.tasks().filter((task) => task !== shell.task)
      while (tasks().length < 5) await new Promise((resolve) => setImmediate(resolve))
      const others = tasks()
      const groups = others.map((task) => others.findIndex(({ id }) => id === task.processGroup))
      await shell.run('kill %1 %2')
      return groups
    })
    expect(result).toEqual([0, 0, 2, 2, 2])
  })
})

describe('a text is complete', () => {
  const OPEN = [
    'echo "a',
    "echo 'a",
    'echo $(a',
    'echo `a',
    'a &&',
    'a ||',
    'a |',
    '(a',
    '{ a',
    'if a',
    'if a; then b',
    'for x in a',
    'while a; do b',
    'echo a\\',
    'cat <<E',
    'cat <<E\na',
    'cat <<E\na\n',
    '( a\nb',
    'echo ${x',
    'a && # b',
  ]
  const CLOSED = [
    '',
    'echo a',
    'echo "a"',
    'a && b',
    '(a)',
    '{ a; }',
    'if a; then b; fi',
    'echo a \\\\',
    'cat <<E\na\nE\n',
    'cat <<E\na\nE',
    'echo )',
    'echo (',
    'echo (a',
    'a ;; b',
    'echo a # "',
    'fi',
    'a && || b',
  ]
  for (const source of OPEN) it(`not yet: ${JSON.stringify(source)}`, () => expect(isComplete(source)).toBe(false))
  for (const source of CLOSED) it(JSON.stringify(source), () => expect(isComplete(source)).toBe(true))
})

describe('completes', () => {
  const CASES: readonly (readonly [line: string, candidates: readonly string[], word: string])[] = [
    ['ech', ['echo'], 'ech'],
    ['cat ap', ['apple', 'apricot'], 'ap'],
    ['cat a\\ ', ['a\\ b'], 'a\\ '],
    ['cat "a ', ['a b'], 'a '],
    [`cat 'x' "d`, ['dir/'], 'd'],
    ['cat d', ['dir/'], 'd'],
    ['cat dir/', ['dir/inner'], 'dir/'],
    ['cat .h', ['.hidden'], '.h'],
    ['echo a | hea', ['head'], 'hea'],
    ['if tr', ['true'], 'tr'],
    ['cat <app', ['apple'], 'app'],
    ['nosuch x', [], 'x'],
    ['cat nosuch/x', [], 'nosuch/x'],
  ]
  for (const [line, candidates, word] of CASES) {
    it(line, async () => {
      const { result } = await inFront(async (shell) => complete(shell, line))
      expect(result).toEqual([candidates, word])
    })
  }
})
