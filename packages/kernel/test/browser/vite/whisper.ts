import { copyLetters } from './letters.js'
import type { WorkerTask } from '@ht/kernel/worker'

export function whisper(task: WorkerTask): void {
  copyLetters(task, (text) => text.toLowerCase())
}
