/** How a call fills one of its arguments. */
type Filling = 'count' | 'whole'

const COUNTS: Readonly<Record<number, Filling>> = { 1: 'count' }
const WHOLE: Readonly<Record<number, Filling>> = { 1: 'whole' }

/**
 * The calls that fill bytes they are given: of each such argument, by its place, whether the answer is how many bytes it
 * has then, or all of it is filled.
 */
const FILLINGS: ReadonlyMap<string, Readonly<Record<number, Filling>>> = new Map([
  ['read', COUNTS],
  ['readv', COUNTS],
  ['pread', COUNTS],
  ['recv', COUNTS],
  ['recvfrom', { ...COUNTS, 3: 'whole' }],
  ['getdents', COUNTS],
  ['stat', WHOLE],
  ['lstat', WHOLE],
  ['fstat', WHOLE],
  ['fstatat', { 3: 'whole' }],
  ['ioctl', { 2: 'whole' }],
])

/** How a call fills the argument at a place; undefined for one that it only reads. */
export function fillingOf(name: string, place: number): Filling | undefined {
  return FILLINGS.get(name)?.[place]
}

/** The places of the arguments that a call fills. */
export function filledBy(name: string): number[] {
  return Object.keys(FILLINGS.get(name) ?? {}).map(Number)
}
