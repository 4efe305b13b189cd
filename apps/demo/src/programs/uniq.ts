import { isHandleError, O_CREAT, O_TRUNC, O_WRONLY } from '@ht/core'
import { toText } from '../libc/byte-string.js'
import { defineCommand, type Command } from './command.js'
import { Failure, UsageError } from './failure.js'
import { parseCount } from './number.js'
import { quoted, quotedArgument } from './quote.js'

/** Of equal lines that follow each other, writes one (uniq(1)). */
export const uniq = defineCommand({
  name: 'uniq',
  usage: '[OPTION]... [INPUT [OUTPUT]]',
  help: `Writes one of equal lines that follow each other, of INPUT, or standard input, to OUTPUT, or standard output.
  -c, --count           write in front of lines how many there were
  -d, --repeated        write only lines that there are several of
  -D                    write all of those
  -u, --unique          write only lines that there is one of
  -f, --skip-fields=N   do not compare the first N fields
  -s, --skip-chars=N    do not compare the first N characters
  -w, --check-chars=N   compare no more than N characters
  -i, --ignore-case     both cases of letters are one
  -z, --zero-terminated lines end in NUL
`,
  options: {
    count: 'c',
    repeated: 'd',
    D: 'D',
    unique: 'u',
    'skip-fields': 'f:',
    'skip-chars': 's:',
    'check-chars': 'w:',
    'ignore-case': 'i',
    'zero-terminated': 'z',
  },
  async run(command) {
    // Of lines that there is one of, that one; of others the first, and the later ones.
    const style = { count: false, single: true, first: true, later: false }
    let [fields, skipped, checked, ignoreCase, delimiter] = [0, 0, Infinity, false, '\n']
    for (const { name, value } of command.options) {
      if (name === 'count') style.count = true
      if (name === 'repeated') style.single = false
      if (name === 'D') [style.single, style.later] = [false, true]
      if (name === 'unique') style.first = false
      if (name === 'skip-fields') fields = countOf(value, 'invalid number of fields to skip')
      if (name === 'skip-chars') skipped = countOf(value, 'invalid number of bytes to skip')
      if (name === 'check-chars') checked = countOf(value, 'invalid number of bytes to compare')
      if (name === 'ignore-case') ignoreCase = true
      if (name === 'zero-terminated') delimiter = '\0'
    }
    const [from = '-', to = '-', ...rest] = command.operands
    if (rest.length > 0) throw new UsageError(`extra operand ${quotedArgument(rest[0]!)}`)
    if (style.later && style.count)
      throw new UsageError('printing all duplicated lines and repeat counts is meaningless')

    const key = (line: string) => {
      let at = 0
      for (let field = 0; field < fields && at < line.length; field++) {
        at += /^[ \t\n]*[^ \t\n]*/.exec(line.slice(at))![0].length
      }
      at = Math.min(line.length, at + skipped)
      const text = line.slice(at, at + checked)
      return ignoreCase ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : text
    }
    await withFiles(command, from, to, async (lines) => {
      let [first, firstKey, count] = ['', '', 0]
      const end = () => {
        const wanted = count === 1 ? style.single : style.first && !style.later
        if (count > 0 && wanted) {
          command.out.put(`${style.count ? `${String(count).padStart(7)} ` : ''}${first}${delimiter}`)
        }
      }
      for await (const block of lines(delimiter)) {
        const all = block.split(delimiter)
        if (block.endsWith(delimiter)) all.pop()
        for (const line of all) {
          const lineKey = key(line)
          if (count > 0 && lineKey === firstKey) {
            count++
            if (style.later) command.out.put((count === 2 && style.first ? first + delimiter : '') + line + delimiter)
          } else {
            end()
            ;[first, firstKey, count] = [line, lineKey, 1]
          }
          if (command.out.isFull) await command.out.flush()
        }
      }
      end()
    })
    return 0
  },
})

function countOf(value: string, wrong: string): number {
  const count = parseCount(value)
  if (count === undefined || !/^[ \t\n\v\f\r]*\+?\d+$/.test(value)) throw new Failure(`${value}: ${wrong}`)
  return count
}

type Lines = (delimiter: string) => AsyncGenerator<string, void>

/** Calls a function with the lines of a file, and standard output led to another. */
async function withFiles(
  command: Pick<Command, 'task' | 'open' | 'out' | 'why'>,
  from: string,
  to: string,
  f: (lines: Lines) => Promise<void>,
): Promise<void> {
  const { task } = command
  let path = from
  try {
    const input = command.open(from)
    try {
      if (to !== '-') {
        path = to
        const output = task.open(toText(to), O_WRONLY | O_CREAT | O_TRUNC)
        task.dup2(output, 1)
        task.close(output)
      }
      path = from
      await f((delimiter) => input.blocks(delimiter))
    } finally {
      input.close()
    }
  } catch (error) {
    const why = command.why(error)
    throw new Failure(
      isHandleError(error) && error.syscall === 'read'
        ? `error reading ${quotedArgument(path)}`
        : `${quoted(path)}: ${why}`,
    )
  }
}
