/*
 * Programs of calls, made at random: what tasks do with a few handles and a few names, so that they meet often.
 */

/** A call of a task, by its number, and its arguments. */
export type Step = readonly [task: number, call: string, ...args: unknown[]]
export type Program = readonly Step[]
/** What a call came to: a value or −errno. */
export type Answer = unknown

/** How many tasks a program has at most. */
export const TASKS = 4
/** The limit of their tables. */
export const LIMIT = 14

/** Whether programs may go by the root and above their directory, and take rights away from themselves. */
export interface Reach {
  readonly rooted: boolean
}

/** Numbers that look random, the same for the same seed (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and without, `below`. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** In one of so many cases. */
  chance(of: number): boolean {
    return this.below(of) === 0
  }
}

const AT_FDCWD = -100
const OMIT = Number.MIN_SAFE_INTEGER
const NAMES = ['a', 'b', 'c', 'd']
const ODD_NAMES = [
  '.',
  '..',
  '/',
  '//',
  '',
  'l'.repeat(255),
  'l'.repeat(256),
  'ä'.repeat(128),
  'p/'.repeat(2047),
  'p/'.repeat(2048),
  'ä/'.repeat(1366),
]
const LENGTHS = [0, 1, 2, 3, 7, 20, 64]
const NONBLOCK = 0o4000
const CLOEXEC = 0o2000000
const SOCKET_NAMES = ['s', 't', 'u', 'a long name of a socket']

/** Makes a program of about so many steps. */
export function programOf(dice: Dice, length: number, reach: Reach): Program {
  const steps: Step[] = []
  const alive = [0]
  let made = 1
  while (steps.length < length) {
    const task = dice.one(alive)
    if (dice.chance(25) && made < TASKS) {
      steps.push([task, dice.one(['fork', 'clone', 'clone']), made])
      alive.push(made++)
    } else if (dice.chance(60) && alive.length > 1) {
      steps.push([task, 'exit'])
      alive.splice(alive.indexOf(task), 1)
    } else {
      // A task that makes several calls in a row costs less to run.
      for (let calls = 1 + dice.below(5); calls > 0; calls--) steps.push([task, ...callOf(dice, reach)])
    }
  }
  return steps
}

type Call = [call: string, ...args: unknown[]]

function callOf(dice: Dice, reach: Reach): Call {
  const make = dice.one(TABLE)
  return make(new Choice(dice, reach))
}

/** Arguments, by what they are. */
class Choice {
  readonly dice: Dice
  readonly #reach: Reach

  constructor(dice: Dice, reach: Reach) {
    this.dice = dice
    this.#reach = reach
  }

  get fd(): number {
    return this.dice.chance(30) ? this.dice.one([-1, LIMIT - 1, LIMIT, 500]) : this.dice.below(this.dice.one([3, 6, 10]))
  }

  get at(): number {
    return this.dice.chance(3) ? this.fd : AT_FDCWD
  }

  get path(): string {
    const { dice } = this
    if (!this.#reach.rooted) return dice.chance(15) ? dice.one(ODD_NAMES.slice(4)) : this.#names
    if (dice.chance(12)) return this.#ending(dice.one(ODD_NAMES))
    return `${dice.chance(8) ? '/' : ''}${this.#ending(this.#names)}`
  }

  get #names(): string {
    let path = this.dice.one(NAMES)
    while (this.dice.chance(2) && path.length < 8)
      path = `${this.#reach.rooted && this.dice.chance(8) ? this.dice.one(['..', '.']) : this.dice.one(NAMES)}/${path}`
    return path
  }

  #ending(path: string): string {
    return this.dice.chance(8) ? `${path}${this.dice.one(['/', '//', '/.', '/..', `/${'l'.repeat(256)}`])}` : path
  }

  get mode(): number {
    return this.#reach.rooted
      ? this.dice.one([0o666, 0o600, 0o755, 0o777, 0o2755, 0o4711, 0o1777, 0, 0o7777])
      : this.dice.one([0o700, 0o755])
  }

  get length(): number {
    return this.dice.chance(20) ? this.dice.one([100, 4095, 4096, 4097, 9000]) : this.dice.one(LENGTHS)
  }

  get lengths(): number[] {
    return Array.from({ length: this.dice.one([0, 1, 2, 2, 3, 4]) }, () => this.dice.one([0, 1, 3, 8]))
  }

  get position(): number {
    return this.dice.chance(6) ? this.dice.one([-1, 4096, 5000, 8192, 12_288, 2 ** 31, 2 ** 32 + 5]) : this.dice.below(20)
  }

  get fill(): number {
    return this.dice.below(200)
  }

  get open(): number {
    const { dice } = this
    let flags = dice.one([0, 1, 2, 2])
    if (dice.chance(2)) flags |= 0o100
    for (const flag of [0o200, 0o1000, 0o2000, 0o4000, 0o200000, 0o400000, CLOEXEC, 0o4010000, 0o100000])
      if (dice.chance(7)) flags |= flag
    return flags
  }

  get time(): number {
    return this.dice.one([OMIT, OMIT, 0, 1_000_000, 1_234_567_890_123, 3])
  }

  get type(): number {
    return (
      (this.dice.chance(25) ? this.dice.one([5, 0, 4, 10, 11]) : this.dice.one([1, 1, 2, 2, 3])) |
      NONBLOCK |
      (this.dice.chance(4) ? CLOEXEC : 0)
    )
  }

  get protocol(): number {
    return this.dice.chance(6) ? this.dice.one([1, 2, 6, 17, -1]) : 0
  }

  get domain(): number {
    return this.dice.chance(20) ? this.dice.one([0, 77, 1000, -1]) : 1
  }

  get atFlags(): number {
    return this.dice.chance(4) ? this.dice.one([0x100, 0x200, 0x400, 0x10, 3]) : 0
  }
}

/** Each call as often as it stands here. */
const TABLE: ((_: Choice) => Call)[] = [
  ...times(9, (_: Choice): Call => ['openat', _.at, _.path, _.open, _.mode]),
  ...times(4, (_: Choice): Call => ['mkdirat', _.at, _.path, _.mode]),
  ...times(3, (_: Choice): Call => ['unlinkat', _.at, _.path, _.dice.one([0, 0, 0, 0x200, 0x200, _.atFlags])]),
  ...times(4, (_: Choice): Call => ['renameat', _.at, _.path, _.at, _.path, _.dice.one([0, 0, 0, 1, 2, 3, 8])]),
  ...times(3, (_: Choice): Call => ['linkat', _.at, _.path, _.at, _.path, _.dice.one([0, 0, 0x400, _.atFlags])]),
  ...times(2, (_: Choice): Call => ['symlinkat', _.path, _.at, _.path]),
  ...times(1, (_: Choice): Call => ['readlinkat', _.at, _.path]),
  ...times(4, (_: Choice): Call => ['fstatat', _.at, _.path, _.dice.one([0, 0x100, 0x100, _.atFlags])]),
  ...times(1, (_: Choice): Call => ['fchmodat', _.at, _.path, _.mode, _.dice.one([0, 0, 0, 0x100, _.atFlags])]),
  ...times(1, (_: Choice): Call => ['utimensat', _.at, _.path, _.time, _.time, _.dice.one([0, 0x100, _.atFlags])]),
  ...times(1, (_: Choice): Call => ['timesof', _.at, _.path]),
  ...times(1, (_: Choice): Call => ['chdir', _.path]),
  ...times(1, (_: Choice): Call => ['fchdir', _.fd]),
  ...times(1, (): Call => ['getcwd']),
  ...times(2, (_: Choice): Call => ['readdir', _.fd]),
  ...times(3, (_: Choice): Call => ['close', _.fd]),
  ...times(1, (_: Choice): Call => ['closeRange', Math.abs(_.fd), Math.abs(_.fd), _.dice.one([0, 2, 4, 4, 4, 6, 8])]),
  ...times(3, (_: Choice): Call => ['dup', _.fd]),
  ...times(2, (_: Choice): Call => ['dup2', _.fd, _.fd]),
  ...times(2, (_: Choice): Call => ['dup3', _.fd, _.fd, _.dice.one([0, CLOEXEC, NONBLOCK])]),
  ...times(2, (_: Choice): Call => ['fcntl', _.fd, _.dice.one([0, 1030]), _.fd]),
  ...times(1, (_: Choice): Call => ['fcntl', _.fd, 1, 0]),
  ...times(1, (_: Choice): Call => ['fcntl', _.fd, 2, _.dice.one([0, 1, 2])]),
  ...times(3, (_: Choice): Call => ['fcntl', _.fd, 3, 0]),
  // Everything stays non-blocking, so that no task waits for another.
  ...times(2, (_: Choice): Call => ['fcntl', _.fd, 4, NONBLOCK | _.dice.one([0, 0o2000, 0o4010000, 1, 0o200000])]),
  ...times(1, (_: Choice): Call => ['fcntl', _.fd, _.dice.one([1032, 1031, 77]), _.dice.one([0, 5000, 65_536, 2 ** 21])]),
  ...times(2, (_: Choice): Call => ['ioctl', _.fd, _.dice.one([0x541b, 0x541b, 0x5421, 0x5451, 0x5450, 0x5452, 0x5401]), 1]),
  ...times(5, (_: Choice): Call => ['read', _.fd, _.length]),
  ...times(6, (_: Choice): Call => ['write', _.fd, _.fill, _.length]),
  ...times(3, (_: Choice): Call => ['readv', _.fd, _.lengths]),
  ...times(4, (_: Choice): Call => ['writev', _.fd, _.fill, _.lengths]),
  ...times(2, (_: Choice): Call => ['pread', _.fd, _.length, _.position]),
  ...times(2, (_: Choice): Call => ['pwrite', _.fd, _.fill, _.length, _.position]),
  ...times(4, (_: Choice): Call => ['lseek', _.fd, _.position, _.dice.one([0, 0, 1, 2, 3, 4, 5])]),
  ...times(2, (_: Choice): Call => ['ftruncate', _.fd, _.position]),
  ...times(1, (_: Choice): Call => ['fsync', _.fd]),
  ...times(3, (_: Choice): Call => ['fstat', _.fd]),
  ...times(1, (_: Choice): Call => ['same', _.fd, _.fd]),
  ...times(1, (_: Choice): Call => ['fchmod', _.fd, _.mode]),
  ...times(1, (_: Choice): Call => ['futimens', _.fd, _.time, _.time]),
  ...times(4, (_: Choice): Call => ['pipe2', NONBLOCK | _.dice.one([0, 0, CLOEXEC, 1])]),
  ...times(4, (_: Choice): Call => ['socketpair', _.domain, _.type, _.protocol]),
  ...times(4, (_: Choice): Call => ['socket', _.domain, _.type, _.protocol]),
  ...times(4, (_: Choice): Call => ['bind', _.fd, _.dice.one(SOCKET_NAMES)]),
  ...times(2, (_: Choice): Call => ['listen', _.fd, _.dice.one([0, 1, 5, -1])]),
  ...times(3, (_: Choice): Call => ['connect', _.fd, _.dice.one(SOCKET_NAMES)]),
  ...times(2, (_: Choice): Call => ['accept4', _.fd, NONBLOCK | _.dice.one([0, CLOEXEC, 1])]),
  ...times(1, (_: Choice): Call => ['shutdown', _.fd, _.dice.one([0, 1, 2, 3])]),
  ...times(1, (_: Choice): Call => ['getsockname', _.fd]),
  ...times(1, (_: Choice): Call => ['getpeername', _.fd]),
  ...times(1, (_: Choice): Call => ['getsockopt', _.fd, 1, _.dice.one([3, 4, 30, 38, 39])]),
  ...times(2, (_: Choice): Call => ['send', _.fd, _.fill, _.length, _.dice.one([0, 0x40, 0x4000])]),
  ...times(2, (_: Choice): Call => ['sendto', _.fd, _.fill, _.length, 0, _.dice.one(SOCKET_NAMES)]),
  ...times(2, (_: Choice): Call => ['recv', _.fd, _.length, _.dice.one([0, 2, 0x20, 0x40, 0x22])]),
  ...times(1, (_: Choice): Call => ['recvfrom', _.fd, _.length, _.dice.one([0, 2, 0x20])]),
  ...times(1, (_: Choice): Call => ['umask', _.dice.one([0, 0o22, 0o77])]),
  ...times(1, (): Call => ['unshare']),
  ...times(1, (): Call => ['exec']),
]

function times<T>(count: number, it: T): T[] {
  return Array<T>(count).fill(it)
}
