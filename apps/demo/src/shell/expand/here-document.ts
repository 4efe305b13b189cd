import { O_CLOEXEC, type Handle } from '@ht/core'
import { F_GETPIPE_SZ, type Task } from '@ht/kernel'
import { createSource } from '@ht/kernel/stdio'
import { toBytes } from '../../libc/byte-string.js'
import { textOf } from './words.js'
import type { HereDoc, WordPart } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/** The text of a here-document: expanded, unless its delimiter is quoted; without the tabs that `<<-` takes away. */
export async function documentOf(shell: Interpreter, document: HereDoc): Promise<string> {
  const text = await expanded(shell, document)
  if (document.closing !== undefined) return text
  const { line } = shell
  shell.line = shell.text.lineAt(document.body.end)
  await shell.complain(
    `warning: here-document at line ${line} delimited by end-of-file (wanted \`${document.delimiter?.value ?? ''}')`,
  )
  shell.line = line
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

async function expanded(shell: Interpreter, { operator, delimiter, body }: HereDoc): Promise<string> {
  const strips = operator === '<<-'
  if (delimiter?.quoted === true) return strips ? body.text.replace(/^\t+/gm, '') : body.text
  const parts = body.parts ?? [{ type: 'Literal', text: body.text, value: body.text, pos: body.pos, end: body.end }]
  return textOf(shell, { text: body.text, parts: strips ? withoutTabs(parts) : parts }, { place: 'document' })
}

/**
 * Something to read a text from, close-on-exec: a pipe that holds all of it or, for a longer one, a source in memory,
 * where other shells take a file that has no name.
 */
export function openDocument(task: Task, text: string): Handle {
  const bytes = toBytes(text)
  const [reader, writer] = task.pipe2(O_CLOEXEC)
  try {
    if (bytes.length <= task.fcntl(writer, F_GETPIPE_SZ)) {
      task.write(writer, bytes)
      return reader
    }
  } catch (error) {
    task.closeErrno(reader)
    throw error
  } finally {
    task.closeErrno(writer)
  }
  task.close(reader)
  const source = createSource(bytes)
  try {
    return task.table.insertAll([source], { specialSemantics: ['CloseOnExec'] })[0]!
  } finally {
    // Does nothing where the table has it.
    source.release()
  }
}

/** The parts without the tabs at the beginnings of lines, none of which an expansion gave. */
function withoutTabs(parts: readonly WordPart[]): WordPart[] {
  return parts.map((part, i) => {
    if (part.type !== 'Literal') return part
    return { ...part, text: part.text.replace(i === 0 ? /^\t+/gm : /(?<=\n)\t+/g, '') }
  })
}
