import { copyLetters } from './letters.js'
import type { WorkerTask } from '@ht/kernel/worker'

export function shout(task: WorkerTask): void {
  copyLetters(task, (text) => text.toUpperCase())
}

export async function becomesShout(task: WorkerTask): Promise<void> {
  await task.exec('shout')
}

/** A pipeline of two tasks in workers of their own. */
export function shoutsTwice(task: WorkerTask): number {
  const [reader, writer] = task.pipe2()
  const handles = { [reader]: null, [writer]: null }
  const children = [
    task.spawn('whisper', { worker: true, stdout: writer, handles }),
    task.spawn('shout', { worker: true, stdin: reader, handles }),
  ]
  for (const handle of [reader, writer]) task.close(handle)
  return children.reduce((sum, child) => sum + task.waitSync(child.id).status, 0)
}
