/** One name in a directory. */
export interface DirectoryEntry {
  name: string
  ino: number
  /** The type bits of its mode (S_IFMT), without following a link. */
  type: number
  /** Where reading goes on after this entry. */
  cookie: number
}

/*
 * An entry in bytes: cookie and inode number as doubles, the name's length and the type as 32-bit
 * integers, all little-endian, and then the name in UTF-8. No padding.
 */
const HEAD = 24
const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder()

/** Writes an entry at an offset: the offset after it, or −1 when it does not fit. */
export function writeEntry(out: Uint8Array, offset: number, entry: Readonly<DirectoryEntry>): number {
  const name = encoder.encode(entry.name)
  const end = offset + HEAD + name.length
  if (end > out.length) return -1
  const head = new DataView(out.buffer, out.byteOffset + offset, HEAD)
  head.setFloat64(0, entry.cookie, true)
  head.setFloat64(8, entry.ino, true)
  head.setUint32(16, name.length, true)
  head.setUint32(20, entry.type, true)
  out.set(name, offset + HEAD)
  return end
}

/** Reads the entries in the first `length` bytes that a directory's `readDir` filled. */
export function readEntries(from: Uint8Array, length: number): DirectoryEntry[] {
  const entries: DirectoryEntry[] = []
  const view = new DataView(from.buffer, from.byteOffset, length)
  for (let at = 0; at < length;) {
    const end = at + HEAD + view.getUint32(at + 16, true)
    entries.push({
      cookie: view.getFloat64(at, true),
      ino: view.getFloat64(at + 8, true),
      type: view.getUint32(at + 20, true),
      // A copy, because a decoder refuses bytes in shared memory.
      name: decoder.decode(from.slice(at + HEAD, end)),
    })
    at = end
  }
  return entries
}
