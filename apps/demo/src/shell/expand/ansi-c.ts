import { expandEscapes } from '../../libc/escapes.js'

/** The bytes of the text within `$'…'`, whose escapes are those of C (bash(1), QUOTING). A NUL ends it, as in C. */
export function decodeAnsiC(text: string): string {
  return expandEscapes(text, { zero: 'none', quotes: `'"?`, c: 'control' }).text.replace(/\0[^]*$/, '')
}
