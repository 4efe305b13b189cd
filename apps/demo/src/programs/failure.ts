/** Ends a program with a message and a status, as error(3) does. */
export class Failure extends Error {
  /** The status; undefined for the one that the program has for trouble. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/** A {@link Failure} for wrong arguments, after which the user is told where help is. */
export class UsageError extends Failure {}

/** `--help` was given. */
export class Help extends Error {}
