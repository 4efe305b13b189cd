import { createMemoryTree } from '@ht/file/memory'
import { formatTrace } from '@ht/kernel/format'
import { createPresetKernel } from '@ht/kernel/preset'
import { drawTasks } from '../picture.js'
import type { Kind } from '@ht/core'
import type { Program } from '@ht/kernel'
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
  options: { trace?: readonly string[]; kinds?: readonly Kind[] } = {},
): Promise<void> {
  const tree = createMemoryTree()
  tree.writeFile('/notes.txt', 'one\ntwo\n')
  line(`\n── ${title}`)
  const kernel = createPresetKernel({
    tree,
    kinds: options.kinds ?? [],
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
