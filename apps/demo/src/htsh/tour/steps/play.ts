import { createMemoryTree } from '@ht/file/memory'
import { createKernel, type Program } from '@ht/kernel'
import { formatTrace } from '@ht/kernel/format'
import { createPipe, pipeKind } from '@ht/pipe'
import { drawTasks } from '../picture.js'
import type { Kind } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'
import type { Print } from '../first-minute.js'

/** What a step's program shows itself with. */
export interface Stage {
  /** Draws all tasks as they are now. */
  draw(): void
  say: Print
}

/** Plays a program on a kernel of its own with files in memory, and prints its system calls as they happen. */
export async function play(
  line: Print,
  title: string,
  programOn: (stage: Stage) => Program,
  options: { trace?: readonly string[]; kinds?: readonly Kind[]; sockets?: readonly SocketFamily[] } = {},
): Promise<void> {
  const tree = createMemoryTree()
  tree.writeFile('/notes.txt', 'one\ntwo\n')
  line(`\n── ${title}`)
  const kernel = createKernel({
    kinds: [pipeKind, ...tree.kinds, ...(options.kinds ?? [])],
    root: tree.root(),
    pipe: createPipe,
    sockets: options.sockets ?? [],
    trace: (event) => {
      if (options.trace?.includes(event.name) === true) line(`  ${formatTrace(event)}`)
    },
  })
  const stage: Stage = {
    draw: () => {
      for (const row of drawTasks(kernel.lsof().filter(({ handles }) => handles.length > 0))) line(row)
    },
    say: line,
  }
  const { error } = await kernel.spawn(programOn(stage), { name: 'main' }).exited
  kernel.close()
  if (error !== undefined) throw error as Error
}
