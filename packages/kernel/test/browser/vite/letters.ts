import type { WorkerTask } from '@ht/kernel/worker'

/** Writes what it reads with other letters, and blocks meanwhile. */
export function copyLetters(task: WorkerTask, change: (text: string) => string): void {
  const buffer = new Uint8Array(4096)
  for (let count; (count = task.readSync(0, buffer)) > 0;) {
    task.writeSync(1, new TextEncoder().encode(change(new TextDecoder().decode(buffer.slice(0, count)))))
  }
}
