import { createInterface } from 'node:readline/promises'

/** Does one piece after the other: on a terminal at each Enter until `q` or its end, elsewhere at once. */
export async function eachOnEnter(pieces: readonly (() => Promise<void>)[]): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    for (const piece of pieces) await piece()
    return
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const closed = new AbortController()
  terminal.on('close', () => {
    closed.abort()
  })
  try {
    for (const [i, piece] of pieces.entries()) {
      const answer = await terminal.question(`[${String(i + 1)}/${String(pieces.length)}] Enter goes on, q ends: `, closed)
      if (answer.trim().toLowerCase() === 'q') return
      await piece()
    }
  } catch (error) {
    // Ctrl-C and Ctrl-D close the terminal: that ends it as well.
    if (!closed.signal.aborted) throw error
  } finally {
    terminal.close()
  }
}
