import { isHandleError, O_RDONLY } from '@ht/core'
import type { Program, Task } from '@ht/kernel'

/** What a read asks for at most, in bytes. */
const PIECE = 4096

/** Copies the files that its arguments name, or its standard input, to its standard output. */
export const cat: Program = async (task) => {
  let status = 0
  for (const path of task.args.length > 0 ? task.args : ['-']) {
    try {
      const file = path === '-' ? 0 : task.open(path, O_RDONLY)
      for await (const bytes of pieces(task, file)) await task.writeAsync(1, bytes)
      if (file !== 0) task.close(file)
    } catch (error) {
      if (!isHandleError(error) || error.code === 'EPIPE') throw error
      await print(task, 2, `cat: ${path}: ${error.message}\n`)
      status = 1
    }
  }
  task.close(1)
  return status
}

/** Prints each word of five letters and more, in lower case, on a line of its own. */
export const words: Program = async (task) => {
  const decoder = new TextDecoder()
  let rest = ''
  const printWords = (text: string) => {
    const found = text.toLowerCase().match(/\p{L}{5,}/gu)
    return found === null ? undefined : print(task, 1, `${found.join('\n')}\n`)
  }
  for await (const bytes of pieces(task, 0)) {
    const text = rest + decoder.decode(bytes, { stream: true })
    // A word at the end may go on in the next piece.
    const end = text.search(/\p{L}*$/u)
    rest = text.slice(end)
    await printWords(text.slice(0, end))
  }
  await printWords(rest)
}

/** Counts equal lines and prints the most frequent ones; its argument says how many. */
export const top: Program = async (task) => {
  const counts = new Map<string, number>()
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of pieces(task, 0)) text += decoder.decode(bytes, { stream: true })
  for (const line of text.split('\n')) if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1)
  const most = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, Number(task.args[0] ?? 3))
  await print(task, 1, most.map(([line, count]) => `${line} ${String(count)}`).join(', ') + '\n')
}

/** Writes a text. */
export async function print(task: Task, handle: number, text: string): Promise<void> {
  await task.writeAsync(handle, new TextEncoder().encode(text))
}

/** What a handle reads, piece by piece, to the end of file. */
export async function* pieces(task: Task, handle: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(PIECE)
  for (let length; (length = await task.readAsync(handle, buffer)) > 0;) yield buffer.subarray(0, length)
}
