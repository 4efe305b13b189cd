import { basename, parse } from 'node:path'
import { O_CLOEXEC } from '@ht/core'
import { createHostTree } from '@ht/file/host'
import { createKernel, type Exit, type LsofTask, type Program } from '@ht/kernel'
import { createSink, createSource } from '@ht/kernel/stdio'
import { createPipe, pipeKind } from '@ht/pipe'
import { EndOfPipe } from './end-of-pipe.js'
import { drawTasks } from './picture.js'
import { cat, top, words } from './words.js'

/** Prints a line. */
export type Print = (line: string) => void

/**
 * The first screen: a pipeline over these files, drawn while it is at work, its result, the trace of how it
 * ended, and the text of a small program. Gives the exit status: 1 when a file could not be read.
 */
export async function firstMinute(files: readonly string[], program: string, line: Print): Promise<number> {
  const end = new EndOfPipe()
  let picture: LsofTask[] | undefined
  const tree = createHostTree(parse(files[0] ?? '/').root, { readOnly: true })
  const kernel = createKernel({
    kinds: [pipeKind, ...tree.kinds],
    root: tree.root(),
    pipe: createPipe,
    trace(event) {
      end.see(event)
      // The first call of a program of the pipeline: everything is connected, and nothing has ended.
      if (event.task !== shell.id) picture ??= kernel.lsof()
    },
  })
  const errors: Uint8Array[] = []
  let result = ''
  const shell = kernel.spawn(pipeline({ cat, words, top }, files), {
    name: 'sh',
    stdin: createSource(''),
    stdout: createSink((bytes) => (result += new TextDecoder().decode(bytes))),
    stderr: createSink((bytes) => errors.push(bytes)),
  })
  const exit = await shell.exited
  kernel.close()
  if (exit.error !== undefined) throw exit.error as Error
  for (const bytes of errors) process.stderr.write(bytes)
  if (exit.status !== 0) return exit.status

  const names = files.map((file) => basename(file)).join(' ')
  line('ht gives JavaScript programs handles: small numbers that name open objects, with the rules of POSIX.')
  line(`cat ${names} | words | top    ← reads, → writes, ×n handles share the object`)
  for (const row of drawTasks(picture?.filter(({ task }) => task !== shell.id) ?? [])) line(row)
  line(`the most frequent words: ${result.trim() || 'none'}`)
  for (const row of end.rows()) line(row)
  line(`\n${program.trimEnd()}`)
  return 0
}

/** Connects programs by pipes, the first one with these arguments, and waits for all: the first status that is not 0. */
function pipeline(programs: Readonly<Record<string, Program>>, args: readonly string[]): Program {
  return async function sh(task) {
    const children: number[] = []
    let input = 0
    const commands = Object.entries(programs)
    for (const [i, [name, program]] of commands.entries()) {
      const isLast = i === commands.length - 1
      const [reader, writer] = isLast ? [0, 1] : task.pipe2(O_CLOEXEC)
      children.push(task.spawn(program, { name, args: i === 0 ? args : [], stdin: input, stdout: writer }).id)
      // Its own ends, or the reader would never see the end of file.
      if (input !== 0) task.close(input)
      if (!isLast) task.close(writer)
      input = reader
    }
    const exits: Exit[] = []
    for (const child of children) exits.push(await task.wait(child))
    return exits.find(({ status }) => status !== 0)?.status ?? 0
  }
}
