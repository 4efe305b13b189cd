import { describe, expect, it } from 'vitest'
import { readCommandLine, UsageError } from '../src/htsh/command-line.js'

const onTerminal = (...argv: string[]) => readCommandLine(argv, true)
const piped = (...argv: string[]) => readCommandLine(argv, false)

describe('the command line', () => {
  it('without arguments is the first screen and a prompt, and the whole tour where there is no terminal', () => {
    expect(onTerminal()).toMatchObject({ from: 'welcome', name: 'htsh', args: [] })
    expect(piped()).toMatchObject({ from: 'tour' })
  })

  it('with -c runs the first argument; what follows are $0 and $1', () => {
    expect(piped('-c', 'echo "$1"', 'name', 'one', 'two')).toMatchObject({
      from: 'argument',
      source: 'echo "$1"',
      name: 'name',
      args: ['one', 'two'],
    })
    expect(onTerminal('-c', 'true')).toMatchObject({ from: 'argument', source: 'true', name: 'htsh', args: [] })
  })

  it('takes the options of what it runs for theirs', () => {
    expect(piped('-c', 'echo', '--memory', '-x')).toMatchObject({ name: '--memory', args: ['-x'], memory: false })
    expect(piped('--trace', 'script', '--root', '-c')).toMatchObject({
      from: 'file',
      source: 'script',
      name: 'htsh',
      args: ['--root', '-c'],
      trace: true,
      root: undefined,
    })
  })

  it('ends its options at -- and at a lone dash', () => {
    expect(piped('-c', '--', '-x')).toMatchObject({ from: 'argument', source: '-x' })
    expect(piped('--', '-file')).toMatchObject({ from: 'file', source: '-file' })
    expect(piped('-c', '-', 'true')).toMatchObject({ from: 'argument', source: 'true' })
  })

  it('with -s reads standard input, with all arguments for $1', () => {
    expect(piped('-s', 'one', 'two')).toMatchObject({ from: 'input', name: 'htsh', args: ['one', 'two'] })
    expect(onTerminal('-s')).toMatchObject({ from: 'prompt' })
  })

  it('reads standard input when it has options and nothing to run, and prompts on a terminal', () => {
    expect(piped('--memory')).toMatchObject({ from: 'input', memory: true })
    expect(onTerminal('--root', 'folder')).toMatchObject({ from: 'prompt', root: 'folder' })
  })

  it('prompts with -i, terminal or not', () => {
    expect(piped('-i')).toMatchObject({ from: 'prompt' })
    expect(onTerminal('-i')).toMatchObject({ from: 'prompt' })
  })

  it('takes short options together, and values in both forms', () => {
    expect(piped('-ic', 'true')).toMatchObject({ from: 'argument', source: 'true' })
    expect(piped('--root=a b', '-c', 'ls')).toMatchObject({ root: 'a b', source: 'ls' })
    expect(piped('--root', 'a b', '-c', 'ls')).toMatchObject({ root: 'a b', source: 'ls' })
  })

  it('does nothing else where help or the version is asked for', () => {
    expect(piped('--help', 'file')).toMatchObject({ from: 'help' })
    expect(piped('-h')).toMatchObject({ from: 'help' })
    expect(piped('--version')).toMatchObject({ from: 'version' })
  })

  it.each([
    [['--what'], /--what/],
    [['-x'], /-x/],
    [['-c'], /^-c: option requires an argument$/],
    [['--root'], /--root/],
    [['--root', '--memory'], /--root/],
    [['--memory=yes'], /--memory/],
    [['--root', 'a', '--memory', '-c', 'ls'], /^--root and --memory exclude each other$/],
  ])('refuses %j with a sentence that names what is wrong', (argv, message) => {
    expect(() => piped(...argv)).toThrow(UsageError)
    expect(() => piped(...argv)).toThrow(message)
    expect(() => piped(...argv)).not.toThrow(/\n/)
  })
})
