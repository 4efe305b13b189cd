/** The signals of Linux on x86-64 and what the C library says of them (signal(7), strsignal(3)), by their numbers from 1 on. */
const SIGNALS: readonly (readonly [name: string, text: string])[] = [
  ['HUP', 'Hangup'],
  ['INT', 'Interrupt'],
  ['QUIT', 'Quit'],
  ['ILL', 'Illegal instruction'],
  ['TRAP', 'Trace/breakpoint trap'],
  ['ABRT', 'Aborted'],
  ['BUS', 'Bus error'],
  ['FPE', 'Floating point exception'],
  ['KILL', 'Killed'],
  ['USR1', 'User defined signal 1'],
  ['SEGV', 'Segmentation fault'],
  ['USR2', 'User defined signal 2'],
  ['PIPE', 'Broken pipe'],
  ['ALRM', 'Alarm clock'],
  ['TERM', 'Terminated'],
  ['STKFLT', 'Stack fault'],
  ['CHLD', 'Child exited'],
  ['CONT', 'Continued'],
  ['STOP', 'Stopped (signal)'],
  ['TSTP', 'Stopped'],
  ['TTIN', 'Stopped (tty input)'],
  ['TTOU', 'Stopped (tty output)'],
  ['URG', 'Urgent I/O condition'],
  ['XCPU', 'CPU time limit exceeded'],
  ['XFSZ', 'File size limit exceeded'],
  ['VTALRM', 'Virtual timer expired'],
  ['PROF', 'Profiling timer expired'],
  ['WINCH', 'Window changed'],
  ['IO', 'I/O possible'],
  ['PWR', 'Power failure'],
  ['SYS', 'Bad system call'],
]

export const SIGINT = 2
export const SIGPIPE = 13
export const SIGTERM = 15

/** The last signal, and those between which the real-time signals are counted. */
const [RTMIN, HALF, RTMAX] = [34, 50, 64]

/** The name of a signal; undefined for a number that is none. */
export function signalName(number: number): string | undefined {
  if (number < RTMIN || number > RTMAX) return SIGNALS[number - 1]?.[0]
  if (number === RTMIN || number === RTMAX) return number === RTMIN ? 'RTMIN' : 'RTMAX'
  return number < HALF ? `RTMIN+${number - RTMIN}` : `RTMAX-${RTMAX - number}`
}

/** The number of a signal, by its number or its name, with or without SIG, in capitals or not; EXIT is 0. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= RTMAX ? Number(text) : undefined
  const name = text.toUpperCase().replace(/^SIG/, '')
  if (name === 'EXIT') return 0
  return allSignals().find((number) => signalName(number) === name)
}

/** The numbers of all signals. */
export function allSignals(): number[] {
  return Array.from({ length: RTMAX }, (_, i) => i + 1).filter((number) => signalName(number) !== undefined)
}

/** What is said of a process that a signal ended. */
export function signalText(number: number): string {
  return SIGNALS[number - 1]?.[1] ?? (number >= RTMIN ? `Real-time signal ${number - RTMIN}` : `Unknown signal ${number}`)
}
