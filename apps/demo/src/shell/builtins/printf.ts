import { expandEscapes, type EscapeRules } from '../../libc/escapes.js'
import { formatReal, readReal } from '../../libc/real.js'
import { quotedForShell } from '../quoting.js'
import { isName } from '../variables.js'
import { Misuse, type Builtin } from './builtin.js'

const USAGE = 'printf [-v var] format [arguments]'

/** Writes arguments in a format, which is used again until there are none left; with `-v`, into a variable. */
export const printf: Builtin = async (shell, args) => {
  const [first = '', second] = args
  const hasVariable = first.startsWith('-v')
  if (/^-./s.test(first) && first !== '--' && !hasVariable) throw new Misuse(USAGE, `${first.slice(0, 2)}: invalid option`)
  const variable = first === '-v' ? second : hasVariable ? first.slice(2) : undefined
  if (hasVariable && variable === undefined) throw new Misuse(USAGE, '-v: option requires an argument')
  if (variable !== undefined && !isName(variable)) {
    await shell.complain(`printf: \`${variable}': not a valid identifier`)
    return 2
  }
  const options = first === '-v' ? 2 : hasVariable || first === '--' ? 1 : 0
  const [format, ...values] = args.slice(args[options] === '--' ? options + 1 : options)
  if (format === undefined) throw new Misuse(USAGE)
  const printer = new Printer(values)
  const text = printer.print(format)
  for (const complaint of printer.complaints) await shell.complain(`printf: ${complaint}`)
  if (variable === undefined) await shell.print(text)
  else shell.variables.set(variable, text.replace(/\0[^]*$/, ''))
  return printer.status
}

/** A piece of a format: what begins with a percent sign, or a text without any. */
const PIECE = /%(?<flags>[-+ #0]*)(?<width>\*|\d*)(?:\.(?<precision>\*|-?\d*))?[hlLjtz]*(?<letter>[^]|$)|[^%]+/g

const FORMAT_ESCAPES: EscapeRules = { zero: 'none', quotes: `'"?` }
const ARGUMENT_ESCAPES: EscapeRules = { zero: 'allowed', quotes: '"?', c: 'ends' }

class Printer {
  readonly complaints: string[] = []
  status = 0
  readonly #values: readonly string[]
  #at = 0
  /** Whether `\c` of an argument has ended all output, or a mistake has. */
  #stopped = false

  constructor(values: readonly string[]) {
    this.#values = values
  }

  print(format: string): string {
    let text = ''
    let before: number
    do {
      before = this.#at
      for (const { 0: piece, groups } of format.matchAll(PIECE)) {
        text += piece.startsWith('%')
          ? this.#convert(piece, groups as unknown as Directive)
          : expandEscapes(piece, FORMAT_ESCAPES).text
        if (this.#stopped) break
      }
    } while (!this.#stopped && this.#at > before && this.#at < this.#values.length)
    return text
  }

  #convert(piece: string, { flags, width: wide, precision: precise, letter }: Directive): string {
    if (piece === '%%') return '%'
    let width = wide === '*' ? Number(this.#integer()) : Number(wide)
    let precision = precise === '*' ? Number(this.#integer()) : precise === undefined ? undefined : Number(precise)
    if (width < 0) [flags, width] = [`${flags}-`, -width]
    if (precision !== undefined && precision < 0) precision = undefined
    const padded = (text: string) => (flags.includes('-') ? text.padEnd(width) : text.padStart(width))
    if (letter === 's') return padded(this.#next().slice(0, precision))
    if (letter === 'c') return padded(this.#next().slice(0, 1) || '\0')
    if (letter === 'q') return padded(quotedForShell(this.#next()).slice(0, precision))
    if (letter === 'b') {
      const { text, ended } = expandEscapes(this.#next(), ARGUMENT_ESCAPES)
      this.#stopped = ended
      return padded(text.slice(0, precision))
    }
    if (/[diouxX]/.test(letter)) return padded(integer(letter, flags, width, precision, this.#integer(!/[di]/.test(letter))))
    if (/[eEfFgG]/.test(letter)) return formatReal({ flags, width, precision, letter }, this.#real())
    this.#fail(letter === '' ? `\`${piece}': missing format character` : `\`${letter}': invalid format character`)
    this.#stopped = true
    return ''
  }

  #next(): string {
    return this.#values[this.#at++] ?? ''
  }

  /** The next value as a number of 64 bits (strtoimax(3)), or the code of the character behind a quote. */
  #integer(isUnsigned = false): bigint {
    const text = this.#next()
    if (/^["']/.test(text)) return BigInt(text.length > 1 ? text.charCodeAt(1) : 0)
    const [all = '', sign, digits = '0'] = /^[ \t-\r]*([-+]?)(0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text) ?? []
    if (all.length < text.length)
      this.#fail(`${text}: invalid ${/^0\d/.test(text) ? 'octal ' : /^0[xX]/.test(text) ? 'hex ' : ''}number`)
    const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits)
    const value = sign === '-' ? -magnitude : magnitude
    const wrapped = isUnsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)
    if (wrapped === value || (isUnsigned && value < 0n)) return wrapped
    this.complaints.push(`warning: ${text}: Numerical result out of range`)
    return isUnsigned ? 2n ** 64n - 1n : value < 0n ? -(2n ** 63n) : 2n ** 63n - 1n
  }

  #real(): number {
    const text = this.#next()
    if (/^["']/.test(text)) return text.length > 1 ? text.charCodeAt(1) : 0
    const { value, length } = readReal(text) ?? { value: 0, length: 0 }
    if (length < text.length) this.#fail(`${text}: invalid number`)
    return value
  }

  #fail(message: string): void {
    this.complaints.push(message)
    this.status = 1
  }
}

interface Directive {
  flags: string
  readonly width: string
  readonly precision: string | undefined
  readonly letter: string
}

/** An integer as printf(3) writes it. */
function integer(letter: string, flags: string, width: number, precision: number | undefined, value: bigint): string {
  const radix = letter === 'o' ? 8 : letter.toLowerCase() === 'x' ? 16 : 10
  const isSigned = letter === 'd' || letter === 'i'
  const sign = value < 0n ? '-' : !isSigned ? '' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  let digits = precision === 0 && value === 0n ? '' : (value < 0n ? -value : value).toString(radix).padStart(precision ?? 0, '0')
  if (flags.includes('#') && radix === 8 && !digits.startsWith('0')) digits = `0${digits}`
  const prefix = sign + (flags.includes('#') && radix === 16 && value !== 0n ? '0x' : '')
  const isFilled = flags.includes('0') && !flags.includes('-') && precision === undefined
  if (isFilled) digits = digits.padStart(width - prefix.length, '0')
  return letter === 'X' ? (prefix + digits).toUpperCase() : prefix + digits
}
