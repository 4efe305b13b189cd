/*
 * How a worker writes down what a trace is told. A value is a byte that says its sort, and what belongs to it; numbers
 * are little-endian. What reads it believes nothing of it: the worker may write whatever it likes.
 */
const UNDEFINED = 0
const NULL = 1
const FALSE = 2
const TRUE = 3
const NUMBER = 4
const TEXT = 5
const BYTES = 6
const LIST = 7
const FIELDS = 8

/** How deep a value may be: an argument is a list of buffers at most, and a result one of objects. */
const DEPTH = 6
/** How many items of a list, and fields of an object, are written. */
const MOST_ITEMS = 1024
/** How many values in all. */
const MOST_VALUES = 16_384

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Writes values into memory of its own, which grows. */
export class Writer {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  /** How many bytes of texts may still be written. */
  #texts: number
  /** How many values. */
  #values = MOST_VALUES

  /** @param texts how many bytes of texts are written at most */
  constructor(texts: number) {
    this.#texts = texts
  }

  /** What was written. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  number(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** Any value; of what a message could not hold, its sort. */
  value(value: unknown, depth = 0): void {
    if (value === undefined || --this.#values < 0) this.byte(UNDEFINED)
    else if (value === null) this.byte(NULL)
    else if (typeof value === 'boolean') this.byte(value ? TRUE : FALSE)
    else if (typeof value === 'number') {
      this.byte(NUMBER)
      this.number(value)
    } else if (typeof value === 'string') this.#text(value)
    else if (value instanceof Uint8Array) {
      this.#head(BYTES, value.length)
      this.#put(value)
    } else if (value instanceof Error) this.#text(String(value))
    else if (typeof value !== 'object' || depth === DEPTH) this.#text(typeof value)
    else if (Array.isArray(value)) {
      const items = value.slice(0, MOST_ITEMS) as unknown[]
      this.#head(LIST, items.length)
      for (const item of items) this.value(item, depth + 1)
    } else {
      const fields = fieldsOf(value)
      this.#head(FIELDS, fields.length)
      for (const [name, field] of fields) {
        this.#text(name)
        this.value(field, depth + 1)
      }
    }
  }

  #text(text: string): void {
    // A unit takes a byte at least, so what cannot fit is not encoded.
    const bytes = encoder.encode(text.length > this.#texts ? text.slice(0, this.#texts) : text).subarray(0, this.#texts)
    this.#texts -= bytes.length
    this.#head(TEXT, bytes.length)
    this.#put(bytes)
  }

  #head(sort: number, count: number): void {
    this.#reserve(5)
    this.#bytes[this.#length] = sort
    this.#view.setUint32(this.#length + 1, count, true)
    this.#length += 5
  }

  #put(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(more: number): void {
    const wanted = this.#length + more
    if (wanted <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(wanted, this.#bytes.length * 2))
    larger.set(this.written)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** An object's fields, and none of one whose own code has it that they cannot be had. */
function fieldsOf(value: object): [string, unknown][] {
  try {
    return Object.entries(value).slice(0, MOST_ITEMS)
  } catch {
    return []
  }
}

/** Reads what a {@link Writer} wrote. Every method throws a RangeError for what no writer writes. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  /** @param bytes the reader's own: what is read may be a view of it */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  byte(): number {
    return this.#view.getUint8(this.#take(1))
  }

  number(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  value(depth = 0): unknown {
    switch (this.byte()) {
      case UNDEFINED:
        return undefined
      case NULL:
        return null
      case FALSE:
        return false
      case TRUE:
        return true
      case NUMBER:
        return this.number()
      case TEXT:
        return decoder.decode(this.#piece())
      case BYTES:
        return this.#piece()
      case LIST: {
        const items: unknown[] = []
        for (let left = this.#count(depth); left > 0; left--) items.push(this.value(depth + 1))
        return items
      }
      case FIELDS: {
        const fields: [string, unknown][] = []
        for (let left = this.#count(depth); left > 0; left--) fields.push([String(this.value(depth + 1)), this.value(depth + 1)])
        // Not by assignment, which would set the prototype of one by that name.
        return Object.fromEntries(fields)
      }
      default:
        throw new RangeError('no value of a trace')
    }
  }

  #piece(): Uint8Array {
    const length = this.#view.getUint32(this.#take(4), true)
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  #count(depth: number): number {
    const count = this.#view.getUint32(this.#take(4), true)
    if (depth > DEPTH || count > MOST_ITEMS) throw new RangeError('no list of a trace')
    return count
  }

  #take(length: number): number {
    const at = this.#at
    if (at + length > this.#bytes.length) throw new RangeError('the end of a trace')
    this.#at = at + length
    return at
  }
}
