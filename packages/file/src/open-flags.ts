import { HandleError, O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } from '@ht/core'

/** How a file is opened, as fopen(3) and `node:fs` say it. */
export type OpenMode = 'r' | 'r+' | 'rs' | 'rs+' | 'w' | 'w+' | 'wx' | 'wx+' | 'a' | 'a+' | 'ax' | 'ax+' | 'as' | 'as+'

const FLAGS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  w: O_CREAT | O_TRUNC,
  a: O_CREAT | O_APPEND,
}

/**
 * The flags of open(2) for a mode of fopen(3): `r` reads, `w` makes or empties and writes, `a` makes and
 * appends; `+` does both, `x` refuses a file that is there, `s` returns from writes when they are stored.
 *
 * @throws EINVAL for another text
 */
export function openFlags(mode: OpenMode): number {
  const said = /^(?:([wa])(x?)|([ra])(s?))(\+?)$/.exec(mode)
  if (said === null) throw new HandleError('EINVAL', { text: `mode must be one of fopen's, got ${JSON.stringify(mode)}` })
  const [, written, exclusive, kept, synchronous, both] = said
  const base = written || kept || ''
  const access = both ? O_RDWR : base === 'r' ? O_RDONLY : O_WRONLY
  return access | FLAGS[base]! | (exclusive ? O_EXCL : 0) | (synchronous ? O_SYNC : 0)
}
