import { character } from '../../programs/echo.js'
import { formatNumber, type Format } from '../../programs/seq/format.js'
import { parseLongDouble } from '../../programs/seq/long-double.js'
import { quotedForShell } from '../quoting.js'
import { isName } from '../variables.js'
import { Misuse, type Builtin } from './builtin.js'

const USAGE = 'printf [-v var] format [arguments]'

/** Writes arguments in a format, which is used again until there are none left; with `-v`, into a variable. */
export const printf: Builtin = async (shell, args) => {
  let [variable, rest]: [string | undefined, readonly string[]] = [undefined, args]
  for (;;) {
    const [first = '', second] = rest
    if (!/^-./s.test(first)) break
    if (first === '--') {
      rest = rest.slice(1)
      break
    }
    if (!first.startsWith('-v')) throw new Misuse(USAGE, `${first.slice(0, 2)}: invalid option`)
    variable = first.length > 2 ? first.slice(2) : second
    if (variable === undefined) throw new Misuse(USAGE, '-v: option requires an argument')
    if (!isName(variable)) {
      await shell.complain(`printf: \`${variable}': not a valid identifier`)
      return 2
    }
    rest = rest.slice(first.length > 2 ? 1 : 2)
  }
  const [format, ...values] = rest
  if (format === undefined) throw new Misuse(USAGE)
  const { text, status, complaints } = new Printer(values).print(format)
  for (const complaint of complaints) await shell.complain(`printf: ${complaint}`)
  if (variable === undefined) await shell.print(text)
  else shell.variables.set(variable, text.replace(/\0[^]*$/, ''))
  return status
}

/** A piece of a format: what begins with a percent sign, an escape, or what stands for itself. */
const PIECE = /%(?<flags>[-+ #0']*)(?<width>\*|\d*)(?:\.(?<precision>\*|-?\d*))?[hlLjtz]*(?<letter>%|[diouxXcsbqaAeEfFgG]|[^]|$)|\\(?:[0-7]{1,3}|x[\da-fA-F]{1,2}|u[\da-fA-F]{1,4}|U[\da-fA-F]{1,8}|[^]|$)|[^%\\]+/g

class Printer {
  readonly #values: readonly string[]
  #at = 0
  /** Whether `\c` of an argument has ended all output, or a mistake has. */
  #stopped = false
  #status = 0
  readonly #complaints: string[] = []

  constructor(values: readonly string[]) {
    this.#values = values
  }

  print(format: string): { text: string; status: number; complaints: readonly string[] } {
    let text = ''
    let before: number
    do {
      before = this.#at
      for (const { 0: piece, groups } of format.matchAll(PIECE)) {
        if (piece.startsWith('%')) text += this.#convert(piece, groups as unknown as Directive)
        else text += piece.startsWith('\\') ? this.#escape(piece) : piece
        if (this.#stopped) break
      }
    } while (!this.#stopped && this.#at > before && this.#at < this.#values.length)
    return { text, status: this.#status, complaints: this.#complaints }
  }

  #convert(piece: string, { flags, width: wide, precision: precise, letter }: Directive): string {
    if (piece === '%%') return '%'
    let width = wide === '*' ? Number(this.#integer(this.#next())) : Number(wide)
    let precision = precise === '*' ? Number(this.#integer(this.#next())) : precise === undefined ? undefined : Number(precise)
    if (width < 0) [flags, width] = [`${flags}-`, -width]
    if (precision !== undefined && precision < 0) precision = undefined
    const padded = (text: string) => (flags.includes('-') ? text.padEnd(width) : text.padStart(width))
    switch (letter) {
      case 's':
        return padded(this.#next().slice(0, precision))
      case 'c':
        return padded(this.#next().slice(0, 1) || '\0')
      case 'q':
        return padded(quotedForShell(this.#next()).slice(0, precision))
      case 'b':
        return padded(this.#expand(this.#next()).slice(0, precision))
      case 'd':
      case 'i':
      case 'o':
      case 'u':
      case 'x':
      case 'X':
        return padded(integer(letter, flags, width, precision, this.#integer(this.#next(), letter !== 'd' && letter !== 'i')))
      default:
        if (letter !== '' && 'aAeEfFgG'.includes(letter)) {
          const format: Format = { prefix: '', flags, width, precision, letter, suffix: '' }
          return formatNumber(format, this.#real(this.#next()))
        }
        this.#fail(letter === '' ? `\`${piece}': missing format character` : `\`${letter}': invalid format character`)
        this.#stopped = true
        return ''
    }
  }

  #next(): string {
    return this.#values[this.#at++] ?? ''
  }

  /** A number of 64 bits (strtoimax(3)), or the code of the character behind a quote. */
  #integer(text: string, isUnsigned = false): bigint {
    if (/^["']/.test(text)) return BigInt(text.length > 1 ? text.charCodeAt(1) : 0)
    const [all, sign, digits] = /^[ \t-\r]*([-+]?)(0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text) ?? ['', '', '0']
    if (all.length < text.length) this.#invalid(text)
    const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits)
    const value = sign === '-' ? -magnitude : magnitude
    const [least, most] = isUnsigned ? [-(2n ** 64n) + 1n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n]
    if (value >= least && value <= most) return isUnsigned ? BigInt.asUintN(64, value) : value
    this.#complaints.push(`warning: ${text}: Numerical result out of range`)
    return value < least && !isUnsigned ? least : most
  }

  #real(text: string) {
    if (/^["']/.test(text)) return parseLongDouble(String(text.length > 1 ? text.charCodeAt(1) : 0))!
    const start = /^[ \t-\r]*[-+]?(?:inf(?:inity)?|nan|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[-+]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)/i.exec(text)?.[0] ?? ''
    if (start.length < text.length) this.#invalid(text)
    return parseLongDouble(start === '' ? '0' : start.trim())!
  }

  #invalid(text: string): void {
    const kind = /^0\d/.test(text) ? 'octal ' : /^0[xX]/.test(text) ? 'hex ' : ''
    this.#fail(`${text}: invalid ${kind}number`)
  }

  #fail(message: string): void {
    this.#complaints.push(message)
    this.#status = 1
  }

  /** An escape of the format. */
  #escape(escape: string): string {
    const letter = escape[1] ?? ''
    if (/[0-7]/.test(letter)) return byte(parseInt(escape.slice(1), 8))
    if ('xuU'.includes(letter) && escape.length > 2) {
      const code = parseInt(escape.slice(2), 16)
      return letter === 'x' ? byte(code) : character(code)
    }
    if (letter === 'x') this.#complaints.push('missing hex digit for \\x')
    if (letter === 'u' || letter === 'U') this.#complaints.push(`missing unicode digit for \\${letter}`)
    return LETTERS[letter] ?? escape
  }

  /** The escapes of an argument of `%b`: those of `echo -e`, and octal ones without a zero. */
  #expand(text: string): string {
    return text.replace(/\\(?:c[^]*|0[0-7]{0,3}|[1-7][0-7]{0,2}|x[\da-fA-F]{1,2}|u[\da-fA-F]{1,4}|U[\da-fA-F]{1,8}|[^])/g, (escape) => {
      if (escape[1] === 'c') {
        this.#stopped = true
        return ''
      }
      if (escape[1] === '0') return byte(parseInt(escape.slice(2) || '0', 8))
      // A quote keeps its backslash here, but for a double one.
      return escape === "\\'" ? escape : this.#escape(escape)
    })
  }
}

interface Directive {
  flags: string
  readonly width: string
  readonly precision: string | undefined
  readonly letter: string
}

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
}

function byte(value: number): string {
  return String.fromCharCode(value & 0xff)
}

/** An integer as printf(3) writes it. */
function integer(letter: string, flags: string, width: number, precision: number | undefined, value: bigint): string {
  const radix = letter === 'o' ? 8 : letter.toLowerCase() === 'x' ? 16 : 10
  const isSigned = letter === 'd' || letter === 'i'
  const sign = value < 0n ? '-' : !isSigned ? '' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  let digits = (value < 0n ? -value : value).toString(radix)
  if (precision === 0 && value === 0n) digits = ''
  digits = digits.padStart(precision ?? 0, '0')
  const isAlternate = flags.includes('#')
  if (isAlternate && radix === 8 && !digits.startsWith('0')) digits = `0${digits}`
  const prefix = sign + (isAlternate && radix === 16 && value !== 0n ? '0x' : '')
  if (flags.includes('0') && !flags.includes('-') && precision === undefined) digits = digits.padStart(width - prefix.length, '0')
  return letter === 'X' ? (prefix + digits).toUpperCase() : prefix + digits
}
