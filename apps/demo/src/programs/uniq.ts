import { defineCommand, type Command } from './command.js'
import { Failure, UsageError } from './failure.js'
import { quoted, quotedArgument } from './quote.js'
import type { Input } from './input.js'

/** Of equal lines that follow each other, writes one (uniq(1)). */
export const uniq = defineCommand({
  name: 'uniq',
  usage: '[OPTION]... [INPUT [OUTPUT]]',
  help: `Writes one of equal lines that follow each other, of INPUT, or standard input, to OUTPUT, or standard output.
  -c, --count            write in front of lines how many there were
  -d, --repeated         write only lines that there are several of
  -D, --all-repeated     write all of those
  -u, --unique           write only lines that there is one of
  -f, --skip-fields=N    do not compare the first N fields
  -s, --skip-chars=N     do not compare the first N characters
  -w, --check-chars=N    compare no more than N characters
  -i, --ignore-case      both cases of letters are one
  -z, --zero-terminated  lines end in NUL
`,
  async run(command) {
    const { options, out, operands } = command
    const isAll = options.has('all-repeated')
    const writesSingle = !options.has('repeated') && !isAll
    const writesFirst = !options.has('unique')
    const keyOf = keyReader(command)
    const delimiter = options.has('zero-terminated') ? '\0' : '\n'
    const [from = '-', to = '-', extra] = operands
    if (extra !== undefined) throw new UsageError(`extra operand ${quotedArgument(extra)}`)
    if (isAll && options.has('count')) throw new UsageError('printing all duplicated lines and repeat counts is meaningless')

    let [first, firstKey, count] = ['', '', 0]
    const end = () => {
      const isWanted = count === 1 ? writesSingle : writesFirst && !isAll
      if (count === 0 || !isWanted) return
      out.put(`${options.has('count') ? `${String(count).padStart(7)} ` : ''}${first}${delimiter}`)
    }
    const read = async (input: Input) => {
      if (to !== '-') command.redirect(to)
      for await (const block of input.blocks(delimiter)) {
        const lines = block.split(delimiter)
        if (block.endsWith(delimiter)) lines.pop()
        for (const line of lines) {
          const key = keyOf(line)
          if (count > 0 && key === firstKey) {
            count++
            if (isAll) out.put((count === 2 && writesFirst ? first + delimiter : '') + line + delimiter)
          } else {
            end()
            ;[first, firstKey, count] = [line, key, 1]
          }
          if (out.isFull) await out.flush()
        }
      }
    }
    const sayWhy = (path: string, why: string, opened: boolean) =>
      opened ? `error reading ${quotedArgument(path)}` : `${quoted(path)}: ${why}`
    const good = await command.each([from], read, sayWhy)
    end()
    return good ? 0 : 1
  },
})

/** Makes what takes the part out of a line that is compared. */
function keyReader({ options }: Command): (line: string) => string {
  const countOf = (name: string, what: string) => {
    const value = options.value(name)
    if (value !== undefined && !/^\d+$/.test(value)) throw new Failure(`${value}: invalid number of ${what}`)
    return value === undefined ? undefined : Number(value)
  }
  const fields = countOf('skip-fields', 'fields to skip') ?? 0
  const skipped = countOf('skip-chars', 'bytes to skip') ?? 0
  const checked = countOf('check-chars', 'bytes to compare') ?? Infinity
  return (line) => {
    let at = 0
    for (let field = 0; field < fields && at < line.length; field++) at += /^[ \t]*[^ \t]*/.exec(line.slice(at))![0].length
    const key = line.slice(at + skipped, at + skipped + checked)
    return options.has('ignore-case') ? key.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : key
  }
}
