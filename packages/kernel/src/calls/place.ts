import {
  HandleError,
  NONBLOCK,
  O_CLOEXEC,
  O_NONBLOCK,
  openObjectOf,
  type HandleTable,
  type KernelObject,
  type MetadataInit,
} from '@ht/core'

/**
 * Takes a number, has an object made for it, and places it there as {@link placing} does: the number, or the −errno
 * of `make`. Where there is no number, nothing is made.
 */
export function opening(table: HandleTable, flags: number, make: () => KernelObject | number): number {
  const number = table.reserve()
  try {
    const object = make()
    if (typeof object === 'number') return refusal(object)
    return placing([object], flags, (metadata) => number.fill(object, metadata))
  } finally {
    number.cancel()
  }
}

/**
 * Places objects that a call has made, with what its flags O_NONBLOCK and O_CLOEXEC, or SOCK_NONBLOCK and SOCK_CLOEXEC,
 * which are the same bits, say of them. They are the table's then; those that it did not take are released.
 */
export function placing<R>(objects: readonly KernelObject[], flags: number, place: (metadata: MetadataInit | undefined) => R): R {
  try {
    if ((flags & O_NONBLOCK) !== 0) for (const object of objects) openObjectOf(object).status |= NONBLOCK
    return place((flags & O_CLOEXEC) === 0 ? undefined : { specialSemantics: ['CloseOnExec'] })
  } finally {
    for (const object of objects) releaseQuietly(object)
  }
}

/** The −errno that was made in place of an object. @throws EIO for a number that is none: it would be taken for a handle */
export function refusal(made: number): number {
  if (made < 0) return made
  throw new HandleError('EIO', { text: `neither an object nor a −errno was made, but ${made}` })
}

/** Does nothing where the table has the object. Where it does not, why is the error to tell, whatever comes of this. */
function releaseQuietly(object: KernelObject): void {
  try {
    object.release()
  } catch {
    // As said.
  }
}
