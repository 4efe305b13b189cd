import { errnoOf, O_CREAT, O_NONBLOCK, O_WRONLY, OMIT } from '@ht/core'
import { AT_FDCWD } from '@ht/kernel'
import { toText } from '../../libc/byte-string.js'
import { strerror } from '../../libc/strerror.js'
import { defineCommand, type Command } from '../command.js'
import { Failure, UsageError } from '../failure.js'
import { quotedAlways, quotedArgument } from '../quote.js'

/** Times of access and change, in microseconds since 1970. */
type Times = readonly [accessed: number, modified: number]

/** Changes the times of files, which it makes if they are not there (touch(1)). */
export const touch = defineCommand({
  name: 'touch',
  usage: '[OPTION]... FILE...',
  help: `Sets the times of access and change of each FILE to now, and makes those that are not there.
  -a                    only the time of access
  -c, --no-create       make none
  -d, --date=TIME       to TIME: 2026-01-31, 2026-01-31T12:30:59.5, with Z or +02:00 behind it; @SECONDS; now
  -m                    only the time of change
  -r, --reference=FILE  to those of FILE
  -t TIME               to TIME: [[CC]YY]MMDDhhmm[.ss]
`,
  async run(command) {
    const { task, options, operands } = command
    const times = timesOf(command)
    if (operands.length === 0) throw new UsageError('missing file operand')
    const both = options.has('a') === options.has('m')
    const accessed = both || options.has('a') ? times[0] : OMIT
    const modified = both || options.has('m') ? times[1] : OMIT
    let good = true
    for (const path of operands) {
      const file = options.has('no-create') ? undefined : task.openErrno(toText(path), O_WRONLY | O_CREAT | O_NONBLOCK, 0o666)
      if (file !== undefined && file >= 0) task.close(file)
      const changed = task.utimensatErrno(AT_FDCWD, toText(path), accessed, modified, 0)
      if (changed === 0 || (changed === -errnoOf('ENOENT') && options.has('no-create'))) continue
      good = await command.fail(
        `cannot touch ${quotedAlways(path)}: ${strerror(file !== undefined && file < 0 ? file : changed)}`,
      )
    }
    return good ? 0 : 1
  },
})

/** The times that options ask for; now if omitted. @throws Failure */
function timesOf(command: Command): Times {
  const { options, task } = command
  const [reference, date, time] = ['reference', 'date', 't'].map((name) => options.value(name))
  if (time !== undefined && (date ?? reference) !== undefined)
    throw new UsageError('cannot specify times from more than one source')
  if (date === undefined && time === undefined && reference !== undefined) {
    try {
      const { atimeMs, mtimeMs } = task.stat(toText(reference))
      return [Math.round(atimeMs * 1000), Math.round(mtimeMs * 1000)]
    } catch (error) {
      throw new Failure(`failed to get attributes of ${quotedAlways(reference)}: ${command.why(error)}`)
    }
  }
  const ms = time !== undefined ? parsePosix(time) : parseDate(date ?? 'now')
  if (ms === undefined || Number.isNaN(ms)) throw new Failure(`invalid date format ${quotedArgument(time ?? date ?? '')}`)
  return [Math.round(ms * 1000), Math.round(ms * 1000)]
}

/** `[[CC]YY]MMDDhhmm[.ss]`, in the host's own zone, in milliseconds. */
function parsePosix(text: string): number | undefined {
  const found = /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(text)
  if (found === null) return undefined
  const [, century, short, month, day, hour, minute, second = '00'] = found
  const year = short === undefined ? String(new Date().getFullYear()) : `${century ?? (Number(short) < 69 ? '20' : '19')}${short}`
  return parseDate(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
}

/** A time as people write it, in the host's own zone unless it says another, in milliseconds. */
function parseDate(text: string): number | undefined {
  if (text === 'now') return Date.now()
  const seconds = /^@(-?\d+(?:\.\d+)?)$/.exec(text)?.[1]
  if (seconds !== undefined) return Number(seconds) * 1000
  const [, date = '', time = '00:00', zone = ''] = /^(\d{4}-\d\d-\d\d)(?:[T ]([\d:.]+) ?(Z|[-+]\d\d:?\d\d)?)?$/.exec(text) ?? []
  const [year, month, day] = date.split('-').map(Number)
  // Date.parse() takes 30 February for 1 March.
  if (day === undefined || day > new Date(Date.UTC(year!, month, 0)).getUTCDate() || time.startsWith('24')) return undefined
  return Date.parse(`${date}T${time}${zone.replace(/(?<=\d\d)(?=\d\d)/, ':')}`)
}
