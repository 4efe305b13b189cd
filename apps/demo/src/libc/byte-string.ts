/*
 * Programs work on byte strings: strings each of whose characters is one byte, U+0000 to U+00FF. They compare, search
 * and slice as bytes do. What the kernel passes around (arguments, the environment, paths, names in directories) is
 * text. Between the two is UTF-8; a byte that is no part of valid UTF-8 is a lone surrogate in a text, U+DC80 to
 * U+DCFF, so that nothing is lost on the way there and back.
 */

const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The byte string of bytes. */
export function fromBytes(bytes: Uint8Array): string {
  if (bytes.length <= PIECE) return pieceOf(bytes)
  let string = ''
  for (let at = 0; at < bytes.length; at += PIECE) string += pieceOf(bytes.subarray(at, at + PIECE))
  return string
}

/** The bytes of a byte string. */
export function toBytes(string: string): Uint8Array {
  const bytes = new Uint8Array(string.length)
  for (let i = 0; i < string.length; i++) bytes[i] = string.charCodeAt(i)
  return bytes
}

/** The byte string of a text. */
export function fromText(text: string): string {
  return isAscii(text) ? text : fromBytes(encode(text))
}

/** The text of a byte string. */
export function toText(string: string): string {
  return isAscii(string) ? string : decode(toBytes(string))
}

/** The bytes of a text. */
export function encode(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return encoder.encode(text)
  const parts = text.split(ESCAPES).map((part) => (ESCAPED.test(part) ? [part.charCodeAt(0) & 0xff] : [...encoder.encode(part)]))
  return Uint8Array.from(parts.flat())
}

/** The text of bytes. */
function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    let text = ''
    for (let at = 0; at < bytes.length;) {
      const length = characterAt(bytes, at)
      text += length === 0 ? String.fromCharCode(0xdc00 + bytes[at]!) : strict.decode(bytes.subarray(at, at + length))
      at += length || 1
    }
    return text
  }
}

/** How many arguments a call may safely have. */
const PIECE = 8192
/** A lone surrogate that stands for a byte. */
const ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/
const ESCAPES = /((?<![\ud800-\udbff])[\udc80-\udcff])/

function pieceOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}

function isAscii(string: string): boolean {
  // eslint-disable-next-line no-control-regex -- all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(string)
}

/** How many bytes the valid UTF-8 character there has; 0 where there is none. */
function characterAt(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      strict.decode(bytes.subarray(at, at + length))
      return length
    } catch {
      // Perhaps with a byte more.
    }
  }
  return 0
}
