import * as fc from 'fast-check'

/*
 * Lines over all of the language that the shell has, with few names, so that files are found, missing and overwritten.
 *
 * Two shells can be compared on a line only if it can have but one outcome. So:
 * - in a pipeline, what comes before a command that may not read all of its input does one single thing that has no
 *   other effect (`sourceCommand`): nobody can tell whether it came to its end or was ended by SIGPIPE;
 * - whatever else is at the beginning of a pipeline, `sinkCommand`s follow, which read everything, say nothing on
 *   standard error and open no files;
 * - a command in the background is waited for before anything else is done;
 * - a program that reads a file does not append to it, and names with wildcards are only echoed;
 * - no parameter has to be set, as the status of a shell that ends because one is not is not the same everywhere;
 * - loops end: `while` has a `break` at its end, and no `continue`.
 * What is left is the order of lines on standard error, where both sides of a pipeline say something.
 */

/** The files that lines find, and what they read from standard input. */
export const FILES = {
  a: 'pear\napple\nfig\napple\n',
  b: 'one\ntwo three\n\n',
  'c.txt': 'no end of line',
  'd/e': 'inner\n',
  empty: '',
}
export const STDIN = 'first\nsecond\nthird apple\n'

/** A piece of a line, and the here-documents that belong behind the end of its line. */
interface Code {
  readonly text: string
  readonly documents: readonly string[]
}

const code = (text: string): Code => ({ text, documents: [] })

/** Pieces put together with texts between them. */
function written(strings: TemplateStringsArray, ...pieces: readonly (Code | string)[]): Code {
  const codes = pieces.map((piece) => (typeof piece === 'string' ? code(piece) : piece))
  return {
    text: strings.map((text, i) => text + (codes[i]?.text ?? '')).join(''),
    documents: codes.flatMap(({ documents }) => documents),
  }
}

function joined(codes: readonly Code[], separator: string): Code {
  return { text: codes.map(({ text }) => text).join(separator), documents: codes.flatMap(({ documents }) => documents) }
}

const oneOf = fc.constantFrom
const inputFile = oneOf('a', 'b', 'c.txt', 'd/e', 'empty', 'out1', 'nosuch', 'd')
const outputFile = oneOf('out1', 'out2', 'out3', 'd/out', 'nosuch/out', 'd')
const variable = oneOf('x', 'y', 'z', 'HOME', 'PWD')
const plainWord = oneOf('apple', 'a', 'fig', 'x', '1', '-n', '-e', 'two', 'é')

const operator = oneOf(':-', '-', ':=', '=', ':+', '+')
const wildcard = oneOf(
  '*',
  '?',
  '[ab]',
  '[!a]*',
  'd/*',
  '*/',
  '*.txt',
  '[a-c]*',
  '.*',
  'nosuch*',
  '[[:alpha:]]',
  '\\*',
  "'*'",
  '*"."*',
)

/** Commands that read all of their input, and do nothing besides but write. */
const sinkCommand = oneOf(
  'cat',
  'cat -n',
  'sort',
  'sort -r',
  'uniq',
  'uniq -c',
  'wc -l',
  'wc -c',
  'tail -n2',
  'grep a',
  'grep -v a',
  'grep -c a',
).map(code)

/** What is in a here-document: nothing that could hold the end of one. */
const documentPart = oneOf(
  'a b',
  '\tx',
  "'",
  '"',
  '\\$x',
  '\\\\',
  '\\a',
  '*',
  '~',
  '\n',
  '$x',
  '${y}',
  '${z:-fig}',
  '$(echo q)',
  '`cat b`',
  '"$*"',
)

/** A word, and with it the commands of its substitutions. */
const { statement } = fc.letrec<{
  expansion: Code
  quotedPart: Code
  part: Code
  word: Code
  value: Code
  substitution: Code
  redirection: Code
  echo: Code
  simple: Code
  sourceCommand: Code
  pipeline: Code
  compound: Code
  command: Code
  andOr: Code
  list: Code
  loopList: Code
  documented: Code
  statement: Code
}>((tie) => {
  const rarely = { maxDepth: 2, depthSize: 'xsmall' as const }
  const nothing = { text: '', documents: [] }

  const parameter = oneOf('x', 'y', 'z', '?', '#', '1', '@', '*', 'HOME')
  const operand = fc.oneof(
    fc.array(plainWord, { maxLength: 2 }).map((words) => code(words.join(' '))),
    tie('expansion'),
  )

  const redirected = fc
    .tuple(tie('simple'), fc.array(tie('redirection'), { maxLength: 2 }))
    .map(([command, redirections]) => joined([command, ...redirections], ' '))

  const document = fc
    .tuple(oneOf('<<E', '<<-E', "<<'E'"), fc.array(documentPart, { maxLength: 3 }))
    .map(([start, parts]): Code => ({ text: start, documents: [`${parts.length === 0 ? '' : `${parts.join('')}\n`}E\n`] }))

  return {
    expansion: fc.oneof(
      rarely,
      { arbitrary: parameter.map((name) => code(`\${${name}}`)), weight: 3 },
      { arbitrary: oneOf('$x', '$y', '$z', '$?', '$#', '$@', '$*', '${#x}', '${#y}', '$1').map(code), weight: 4 },
      {
        arbitrary: fc
          .tuple(oneOf('x', 'y', 'z'), operator, operand)
          .map(([name, sign, word]) => written`\${${name}${sign}${word}}`),
        weight: 3,
      },
      tie('substitution'),
    ),
    // In double quotes and here-documents.
    quotedPart: fc.oneof(rarely, oneOf('a b', '  ', ' $ ', '\\$x', '\\\\', '\\a', '*', '~', 'fig').map(code), tie('expansion')),
    part: fc.oneof(
      rarely,
      { arbitrary: plainWord.map(code), weight: 3 },
      oneOf("'a  b'", "'$x'", "''", '""', '\\ ', '\\$x', "$'a\\tb'", '~', '=', ':', '-').map(code),
      fc.array(tie('quotedPart'), { maxLength: 3 }).map((parts) => written`"${joined(parts, '')}"`),
      tie('expansion'),
    ),
    word: fc.oneof(
      rarely,
      { arbitrary: plainWord.map(code), weight: 2 },
      fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => joined(parts, '')),
    ),
    value: fc.oneof(rarely, oneOf('', 'v', "'a b'", "' a '", "'*'", 'a:b', '~', '~/x:~').map(code), tie('word')),
    substitution: fc.oneof(
      rarely,
      fc.tuple(oneOf('echo', 'cat', 'true'), oneOf('a', 'b', 'nosuch')).map(([name, file]) => code(`\`${name} ${file}\``)),
      // Without here-documents: bash 5.2 writes out what is in here and reads it again, and writes those wrong.
      tie('list')
        .filter(({ text }) => !/<<-?'?E/.test(text))
        .map((list) => written`$(${list})`),
      oneOf('$(<a)', '$(<nosuch)').map(code),
    ),
    redirection: fc.oneof(
      rarely,
      inputFile.map((file) => code(`<${file}`)),
      fc.tuple(oneOf('>', '>>', '>|', '2>', '2>>', '&>', '&>>', '<>'), outputFile).map(([sign, file]) => code(`${sign}${file}`)),
      oneOf('2>&1', '>&2', '3>&1', '1>&3', '<&-', '2>&-', '3<a', '<&3', '>&7', '2>/dev/null', '</dev/null').map(code),
      fc.tuple(oneOf('<', '>'), tie('word')).map(([sign, word]) => written`${sign}"${word.text.includes('"') ? 'out2' : word}"`),
      tie('value').map((value) => written`<<<${value.text === '' ? '""' : value}`),
    ),
    echo: fc
      .array(fc.oneof({ arbitrary: tie('word'), weight: 3 }, { arbitrary: wildcard.map(code), weight: 1 }), { maxLength: 3 })
      .map((words) => joined([code('echo'), ...words], ' ')),
    simple: fc.oneof(
      rarely,
      { arbitrary: tie('echo'), weight: 7 },
      fc
        .tuple(oneOf('cat', 'cat -n', 'head -n2', 'wc', 'wc -l', 'sort', 'sort -r', 'uniq', 'uniq -c', 'tail -n1'), inputFile)
        .map(([name, file]) => code(`${name} ${file}`)),
      oneOf(
        'cat',
        'head -n1',
        'wc -l',
        'cat a b',
        'cat a nosuch b',
        'grep a',
        'grep -c p a',
        'grep -v a a nosuch',
        'sort a b',
        'seq 3',
        'ls',
        'ls d nosuch',
      ).map(code),
      oneOf(
        'true',
        'false',
        ':',
        'pwd',
        'nosuch',
        './a',
        './nosuch',
        'cd d',
        'cd nosuch',
        'cd -',
        'cd',
        'cd a',
        'unset x',
        'export x',
        'export',
        'env | grep ^[xy]=',
        'wait',
      ).map(code),
      fc.tuple(variable, tie('value')).map(([name, value]) => written`${name}=${value}`),
      oneOf('IFS=:', 'IFS=ap', "IFS=' '", 'IFS=').map(code),
      fc.tuple(oneOf('x', 'y'), tie('value')).map(([name, value]) => written`export ${name}=${value}`),
      fc
        .tuple(oneOf('x', 'y'), tie('value'), tie('simple'))
        .map(([name, value, command]) => written`${name}=${value} ${command}`),
      tie('word'),
      oneOf('exit', 'exit 3', 'exit x').map(code),
    ),
    sourceCommand: fc.oneof(
      rarely,
      fc.array(plainWord, { maxLength: 3 }).map((words) => code(['echo', ...words].join(' '))),
      oneOf('seq 5', 'cat a', 'cat <b', ':', 'cat <<<apple').map(code),
    ),
    pipeline: fc.oneof(
      rarely,
      fc.tuple(tie('sourceCommand'), fc.oneof(redirected, tie('compound'))).map((stages) => joined(stages, ' | ')),
      fc
        .tuple(fc.oneof(redirected, tie('compound')), oneOf(' | ', ' |& '), fc.array(sinkCommand, { minLength: 1, maxLength: 2 }))
        .map(([first, sign, sinks]) => written`${first}${sign}${joined(sinks, ' | ')}`),
      fc
        .tuple(oneOf('yes', 'yes a b', 'yes fig', 'seq 20000'), oneOf('head -n1', 'head -n 3', 'true', 'nosuch', 'cat a'))
        .map((stages) => code(stages.join(' | '))),
    ),
    compound: fc.oneof(
      rarely,
      tie('list').map((list) => written`( ${list})`),
      tie('list').map((list) => written`{ ${list} }`),
      fc
        .tuple(tie('list'), tie('list'), fc.option(tie('list'), { nil: undefined, freq: 1 }))
        .map(([condition, yes, no]) => written`if ${condition} then ${yes} ${no === undefined ? '' : written`else ${no}`} fi`),
      fc
        .tuple(fc.array(fc.oneof(tie('word'), wildcard.map(code)), { maxLength: 3 }), tie('loopList'))
        .map(([words, list]) => written`for x in ${joined(words, ' ')}; do ${list} done`),
      fc
        .tuple(oneOf('while', 'until'), tie('list'), tie('list'))
        .map(([word, condition, list]) => written`${word} ${condition} do ${list} break; done`),
    ),
    command: fc.oneof(
      rarely,
      { arbitrary: redirected, weight: 8 },
      { arbitrary: tie('pipeline'), weight: 2 },
      fc
        .tuple(tie('compound'), fc.array(tie('redirection'), { maxLength: 1 }))
        .map(([command, redirections]) => joined([command, ...redirections], ' ')),
    ),
    andOr: fc
      .tuple(
        oneOf('', '', '', '! '),
        tie('command'),
        fc.option(fc.tuple(oneOf(' && ', ' || '), tie('command')), { nil: undefined, freq: 1 }),
      )
      .map(([sign, first, rest]) => written`${sign}${first}${rest === undefined ? nothing : written`${rest[0]}${rest[1]}`}`),
    // Its text follows the end of its line, so nothing may stand on that line that has lines itself.
    documented: fc
      .tuple(tie('simple'), document, fc.array(sinkCommand, { maxLength: 1 }))
      .map(([command, start, sinks]) => joined([written`${command} ${start}`, ...sinks], ' | ')),
    statement: fc.oneof(
      rarely,
      { arbitrary: tie('andOr'), weight: 10 },
      tie('documented'),
      { arbitrary: oneOf('echo $?', 'echo "$x" "$y"').map(code), weight: 2 },
      tie('andOr').map((command) => written`${command} & wait`),
      tie('andOr').map((command) => written`${command} & wait $!; echo $?`),
    ),
    list: fc.array(tie('statement'), { minLength: 1, maxLength: 2 }).map(asList),
    loopList: fc
      .array(fc.oneof({ arbitrary: tie('statement'), weight: 4 }, oneOf('break', 'continue', 'echo $x').map(code)), {
        minLength: 1,
        maxLength: 2,
      })
      .map(asList),
  }
})

/** A list, each statement with an end; where here-documents have to follow, that of a line. */
function asList(statements: readonly Code[]): Code {
  const text = statements
    .map((it) => (it.documents.length === 0 ? `${it.text}; ` : `${it.text}\n${it.documents.join('')}`))
    .join('')
  return code(text)
}

/** A line. */
export const randomLine: fc.Arbitrary<string> = fc
  .oneof({ arbitrary: statement.map((it) => [it]), weight: 2 }, fc.array(statement, { minLength: 2, maxLength: 2 }))
  .map((statements) => asList(statements).text)
