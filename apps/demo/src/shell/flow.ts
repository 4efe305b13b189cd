/*
 * How a shell leaves what it is in the middle of: thrown, and caught where the place is that they lead to.
 */

/** Ends the shell, or the subshell, with a status: `exit`. */
export class Exit extends Error {
  readonly status: number

  constructor(status: number) {
    super('exit')
    this.status = status & 255
  }
}

/** Leaves a number of loops, or goes on with the next round of the last of them: `break 2`, `continue`. */
export class LoopJump extends Error {
  readonly kind: 'break' | 'continue'
  levels: number
  readonly status: number

  constructor(kind: 'break' | 'continue', levels: number, status = 0) {
    super(kind)
    this.kind = kind
    this.levels = levels
    this.status = status
  }
}

/**
 * Gives the whole line up: what was wrong has been said. A shell that is not interactive, or a subshell, ends with the
 * status; an interactive one goes on with the next line.
 */
export class Abandon extends Error {
  readonly status: number

  constructor(status: number) {
    super('abandon')
    this.status = status
  }
}

/** Gives the whole line up because the user pressed Ctrl-C. */
export class Interrupted extends Error {
  /** 128 and the number of the signal INT. */
  static readonly STATUS = 130

  constructor() {
    super('interrupted')
  }
}

/** Stops what a shell still does when its task has ended. */
export class Ended extends Error {
  constructor() {
    super('the task has ended')
  }
}

/** The reason why a command is not run. The catcher prints it and sets status 1. */
export class CommandError extends Error {}
