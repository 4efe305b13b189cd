/** Ends a program with a message and a status, as error(3) does. */
export class Failure extends Error {
  readonly status: number | undefined

  /** Without a status, with the one that the program has for trouble. */
  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/** A {@link Failure} for wrong arguments, which is followed by where help is. */
export class UsageError extends Failure {}

/** Help is asked for. */
export class Help extends Error {}
