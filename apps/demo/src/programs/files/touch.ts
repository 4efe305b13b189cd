import { AT_SYMLINK_NOFOLLOW, errnoOf, O_CREAT, O_NONBLOCK, O_WRONLY, OMIT } from '@ht/core'
import { AT_FDCWD } from '@ht/kernel'
import { toText } from '../../libc/byte-string.js'
import { defineCommand } from '../command.js'
import { Failure, UsageError } from '../failure.js'
import { quotedAlways, quotedArgument } from '../quote.js'
import { strerror } from '../../libc/strerror.js'

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
  -h, --no-dereference  of symbolic links themselves
  -m                    only the time of change
  -r, --reference=FILE  to those of FILE
  -t TIME               to TIME: [[CC]YY]MMDDhhmm[.ss]
`,
  options: { a: 'a', 'no-create': 'c', date: 'd:', f: 'f', 'no-dereference': 'h', m: 'm', reference: 'r:', t: 't:' },
  async run(command) {
    const { task } = command
    const asked = new Set<string>()
    const given: Record<string, string> = {}
    for (const { name, value } of command.options) {
      asked.add(name)
      given[name] = value
      if (name === 't') given['time'] = String(posixTime(value) ?? invalid(value))
    }
    const { date, reference, time } = given
    if (time !== undefined && (date ?? reference) !== undefined) throw new UsageError('cannot specify times from more than one source')
    const link = asked.has('no-dereference')
    const now = Date.now() * 1000
    let times: Times = [now, now]
    if (time !== undefined) times = [Number(time), Number(time)]
    if (reference !== undefined) {
      try {
        const stat = link ? task.lstat(toText(reference)) : task.stat(toText(reference))
        times = [Math.round(stat.atimeMs * 1000), Math.round(stat.mtimeMs * 1000)]
      } catch (error) {
        throw new Failure(`failed to get attributes of ${quotedAlways(reference)}: ${command.why(error)}`)
      }
    }
    if (date !== undefined) {
      const parsed = parseDate(date) ?? invalid(date)
      times = [parsed, parsed]
    }
    if (command.operands.length === 0) throw new UsageError('missing file operand')
    const both = asked.has('a') === asked.has('m')
    const accessed = both || asked.has('a') ? times[0] : OMIT
    const modified = both || asked.has('m') ? times[1] : OMIT
    let good = true
    for (const path of command.operands) {
      if (path === '-') {
        good = (await command.attempt(`setting times of ${quotedAlways(path)}`, () => task.futimens(1, accessed, modified))) && good
        continue
      }
      const file = asked.has('no-create') || link ? -1 : task.openErrno(toText(path), O_WRONLY | O_CREAT | O_NONBLOCK, 0o666)
      if (file >= 0) task.close(file)
      const changed = task.utimensatErrno(AT_FDCWD, toText(path), accessed, modified, link ? AT_SYMLINK_NOFOLLOW : 0)
      if (changed === 0 || (changed === -errnoOf('ENOENT') && asked.has('no-create'))) continue
      const isReason = file < -1 && !UNTELLING.includes(-file)
      await command.complain(`${isReason ? 'cannot touch' : 'setting times of'} ${quotedAlways(path)}: ${strerror(isReason ? file : changed)}`)
      good = false
    }
    return good ? 0 : 1
  },
})

/** Errors of opening that do not say why times could not be set. */
const UNTELLING = [errnoOf('EISDIR'), errnoOf('EINVAL'), errnoOf('EPERM')]

function invalid(date: string): never {
  throw new Failure(`invalid date format ${quotedArgument(date)}`)
}

/** `[[CC]YY]MMDDhhmm[.ss]`, in the host's own zone. */
function posixTime(text: string): number | undefined {
  const found = /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(text)
  if (found === null) return undefined
  const [, century, year, month, day, hour, minute, second = '0'] = found
  const short = year === undefined ? new Date().getFullYear() : Number(year) + (Number(year) < 69 ? 2000 : 1900)
  return timeOf([century === undefined ? short : Number(century + year!), month, day, hour, minute, second].map(Number))
}

function parseDate(text: string): number | undefined {
  if (text === 'now') return Date.now() * 1000
  const seconds = /^@(-?\d+(?:\.\d+)?)$/.exec(text)
  if (seconds !== null) return Math.round(Number(seconds[1]) * 1e6)
  const found = /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ] *(\d\d?):(\d\d)(?::(\d\d)(\.\d+)?)? *(Z|[-+]\d\d(?::?\d\d)?)?)?$/.exec(text)
  if (found === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = found
  const time = timeOf([year, month, day, hour, minute, second].map(Number), zone)
  return time === undefined ? undefined : time + Math.round(Number(fraction) * 1e6)
}

/** A time in a zone, in microseconds since 1970; undefined if there is no such day or hour. */
function timeOf(parts: readonly number[], zone?: string): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const isTime = month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate() && hour < 24 && minute < 60 && second < 60
  if (!isTime) return undefined
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second).getTime() * 1000
  const [, sign = '+', hours = '0', minutes = '0'] = /^([-+])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return (Date.UTC(year, month - 1, day, hour, minute, second) - offset * 60_000) * 1000
}
