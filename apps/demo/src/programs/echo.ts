import { defineCommand } from './command.js'

/** Writes its arguments, as bash's builtin does. */
export const echo = defineCommand({
  name: 'echo',
  usage: '[-neE] [STRING]...',
  help: '',
  options: {},
  // What is no option of its own is an operand, --help as well.
  rewrite: (args) => ['--', ...args],
  run({ operands, out }) {
    out.put(echoed(operands))
    return 0
  },
})

/** What is written for arguments, which are byte strings. */
export function echoed(args: readonly string[]): string {
  let [newline, escapes, first] = [true, false, 0]
  for (; /^-[neE]+$/.test(args[first] ?? ''); first++) {
    for (const letter of args[first]!.slice(1)) {
      if (letter === 'n') newline = false
      else escapes = letter === 'e'
    }
  }
  let text = args.slice(first).join(' ')
  if (escapes) {
    const { expanded, stopped } = expand(text)
    text = expanded
    if (stopped) newline = false
  }
  return newline ? `${text}\n` : text
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
}

/** Expands backslash escapes; `\c` stops, the newline included. */
function expand(text: string): { expanded: string; stopped: boolean } {
  let stopped = false
  const escape =
    /\\(?:c[^]*|0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([abeEfnrtv\\]))/g
  const expanded = text.replace(
    escape,
    (all, octal?: string, hex?: string, short?: string, long?: string, letter?: string) => {
      if (letter !== undefined) return LETTERS[letter]!
      if (octal !== undefined) return String.fromCharCode(parseInt(octal || '0', 8) & 0xff)
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16))
      if (short !== undefined || long !== undefined) return character(parseInt((short ?? long)!, 16))
      stopped = all.startsWith('\\c')
      return ''
    },
  )
  return { expanded, stopped }
}

/** The C locale has no characters but those of ASCII: others are written as bash writes them there. */
export function character(code: number): string {
  if (code <= 0x7f) return String.fromCharCode(code)
  const digits = code.toString(16).toUpperCase()
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
