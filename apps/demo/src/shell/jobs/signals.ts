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

/** The names of all signals, by their numbers from 1 on. */
export const SIGNAL_NAMES = SIGNALS.map(([name]) => name)

/** The name of a signal; undefined for a number that is none. */
export function signalName(number: number): string | undefined {
  return SIGNAL_NAMES[number - 1]
}

/** The number of a signal, by its number or its name, with or without SIG, in capitals or not; EXIT is 0. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= 64 ? Number(text) : undefined
  const index = ['EXIT', ...SIGNAL_NAMES].indexOf(text.toUpperCase().replace(/^SIG/, ''))
  return index < 0 ? undefined : index
}

/** What is said of a process that a signal ended. */
export function signalText(number: number): string {
  return SIGNALS[number - 1]?.[1] ?? `Unknown signal ${number}`
}
