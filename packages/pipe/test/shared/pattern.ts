/** Bytes whose order shows, from a position on, at an offset of their memory. */
export function pattern(from: number, length: number, offset: number): Uint8Array {
  const bytes = new Uint8Array(length + 8).subarray(offset, offset + length)
  for (let i = 0; i < length; i++) bytes[i] = byteAt(from + i)
  return bytes
}

/** Throws unless these are the bytes of a position. */
export function checkPattern(bytes: Uint8Array, from: number): void {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== byteAt(from + i)) throw new Error(`byte ${String(from + i)} is ${String(bytes[i])}`)
  }
}

/** What a writer writes in one piece: its length, its number and a count, and then the same again. */
export function record(writer: number, count: number): Uint8Array {
  const bytes = new Uint8Array(4 + ((count * 37) % 300)).fill(count & 255)
  bytes.set([bytes.length & 255, bytes.length >> 8, writer])
  return bytes
}

function byteAt(position: number): number {
  return (position * 31 + (position >> 8) * 17) & 255
}
