import { O_RDONLY } from '@ht/core'
import { runWorker, type WorkerTask } from '@ht/kernel/worker'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'

/** Copies what it reads in capitals. */
function shout(task: WorkerTask): void {
  const buffer = new Uint8Array(4096)
  for (let count; (count = task.readSync(0, buffer)) > 0;) {
    task.writeSync(1, new TextEncoder().encode(new TextDecoder().decode(buffer.subarray(0, count)).toUpperCase()))
  }
}

/** Writes a file into a pipe, which another worker reads. */
function pipeline(task: WorkerTask): number {
  const [reader, writer] = task.pipe2()
  const child = task.spawn('shout', { worker: true, stdin: reader, handles: { [reader]: null, [writer]: null } })
  task.close(reader)
  const file = task.open('/note', O_RDONLY)
  const buffer = new Uint8Array(64)
  task.writeSync(writer, buffer.subarray(0, task.readSync(file, buffer)))
  task.close(writer)
  return task.waitSync(child.id).status
}

runWorker({ kinds: [sharedPipeKind], pipe: createSharedPipe, programs: { shout, pipeline } })
