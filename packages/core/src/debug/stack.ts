/** How many calls deep the trace is; the first few are core's own. */
const DEPTH = 30

/**
 * Where the program is now: the lines of a stack trace, without its heading. Written down at once, because
 * until then an engine's trace keeps alive what it shows, the tracked object among it.
 */
export function stackHere(): string {
  // Only V8 has a limit, of 10 lines.
  const engine = Error as { stackTraceLimit?: number }
  const limit = engine.stackTraceLimit
  if (limit !== undefined) engine.stackTraceLimit = DEPTH
  const stack = new Error('made here').stack ?? ''
  if (limit !== undefined) engine.stackTraceLimit = limit
  return stack.replace(/^Error: made here\n/, '')
}
