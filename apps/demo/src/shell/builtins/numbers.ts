const LARGEST = 2n ** 63n

/** An argument that is to be a number of 64 bits, as strtoimax(3) reads it; undefined for what is none. */
export function numberOf(text: string): bigint | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+[ \t]*$/.test(text)) return undefined
  const number = BigInt(text.trim().replace(/^\+/, ''))
  return number >= -LARGEST && number < LARGEST ? number : undefined
}
