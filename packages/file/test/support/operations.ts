import fc from 'fast-check'
import { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '@ht/core'

/** A call on a tree, or on one of a few open objects. */
export type Operation =
  | { call: 'open'; slot: number; path: string; flags: number; mode: number }
  | { call: 'close'; slot: number }
  | { call: 'read'; slot: number; length: number }
  | { call: 'write'; slot: number; length: number }
  | { call: 'pread'; slot: number; length: number; position: number }
  | { call: 'pwrite'; slot: number; length: number; position: number }
  | { call: 'truncate'; slot: number; length: number }
  | { call: 'fstat'; slot: number }
  | { call: 'mkdir' | 'chmod'; path: string; mode: number }
  | { call: 'unlink' | 'rmdir' | 'stat' | 'lstat' | 'readlink' | 'readdir'; path: string }
  | { call: 'rename' | 'link' | 'symlink'; path: string; newPath: string }

export const SLOTS = 3

const name = fc.oneof(
  { weight: 7, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constantFrom('.', '..') },
)
// Short paths more often: what they need exists more often.
const path = fc
  .tuple(
    fc.constantFrom(1, 1, 1, 2, 2, 3),
    fc.tuple(name, name, name),
    fc.constantFrom('', '', '', '', '', '', '', '', '/', '//'),
  )
  .map(([length, names, slashes]) => names.slice(0, length).join('/') + slashes)
const slot = fc.nat(SLOTS - 1)
const length = fc.constantFrom(0, 1, 7, 64, 100, 1000, 5000, 70_000)
// Node answers a read of nothing itself, so Linux cannot be asked.
const some = length.filter((it) => it > 0)
const position = fc.constantFrom(0, 0, 1, 63, 64, 65, 4096, 65_535, 65_536, 65_537, 140_000)
const flag = (bit: number, weight: number) =>
  fc.oneof({ weight, arbitrary: fc.constant(bit) }, { weight: 6, arbitrary: fc.constant(0) })
const flags = fc
  .tuple(
    fc.constantFrom(O_RDONLY, O_WRONLY, O_RDWR, O_RDWR),
    flag(O_CREAT, 6),
    flag(O_EXCL, 1),
    flag(O_TRUNC, 1),
    flag(O_APPEND, 2),
    flag(O_DIRECTORY, 1),
    flag(O_NOFOLLOW, 1),
  )
  .map((bits) => bits.reduce((a, b) => a | b))
// The owner may always read and write, so that who runs the tests need not be root.
const fileMode = fc.constantFrom(0o600, 0o644, 0o666, 0o755)
const directoryMode = fc.constantFrom(0o700, 0o755, 0o777)

const of = <C extends string, R>(calls: readonly C[], rest: { [K in keyof R]: fc.Arbitrary<R[K]> }) =>
  fc.record({ call: fc.constantFrom(...calls), ...rest })

/** Any operation. Its paths meet often, because there are few names. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: of(['open'], { slot, path, flags, mode: fileMode }) },
  { weight: 1, arbitrary: of(['close'], { slot }) },
  { weight: 2, arbitrary: of(['read'], { slot, length: some }) },
  { weight: 2, arbitrary: of(['write'], { slot, length }) },
  { weight: 2, arbitrary: of(['pread'], { slot, length: some, position }) },
  { weight: 2, arbitrary: of(['pwrite'], { slot, length, position }) },
  { weight: 1, arbitrary: of(['truncate'], { slot, length: position }) },
  { weight: 1, arbitrary: of(['fstat'], { slot }) },
  { weight: 4, arbitrary: of(['mkdir', 'chmod'], { path, mode: directoryMode }) },
  { weight: 6, arbitrary: of(['unlink', 'rmdir', 'stat', 'lstat', 'readlink', 'readdir'], { path }) },
  { weight: 6, arbitrary: of(['rename', 'link', 'symlink'], { path, newPath: path }) },
) as fc.Arbitrary<Operation>

/** What each tree begins with, so that most operations meet something. */
export const beginning: readonly Operation[] = [
  { call: 'mkdir', path: 'a', mode: 0o755 },
  { call: 'mkdir', path: 'b', mode: 0o755 },
  { call: 'mkdir', path: 'a/b', mode: 0o755 },
  { call: 'open', slot: 0, path: 'a/c', flags: O_RDWR | O_CREAT, mode: 0o644 },
  { call: 'write', slot: 0, length: 100 },
  { call: 'link', path: 'a/c', newPath: 'b/a' },
  { call: 'symlink', path: 'a/b', newPath: 'c' },
  { call: 'open', slot: 1, path: 'a/b/c', flags: O_RDWR | O_CREAT | O_APPEND, mode: 0o644 },
  { call: 'open', slot: 2, path: 'b', flags: O_RDONLY, mode: 0 },
]
