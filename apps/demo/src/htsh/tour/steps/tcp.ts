import { AF_INET, SHUT_WR, SOCK_STREAM } from '@ht/core/socket'
import { createTcpSockets, tcpKind } from '@ht/socket/tcp'
import { pieces, print } from '../words.js'
import { play, type Stage } from './play.js'
import type { Program, Task } from '@ht/kernel'
import type { Print } from '../first-minute.js'

/** A result that goes over TCP and back: sockets are handles like any other. */
export function tcp(line: Print): Promise<void> {
  return play(
    line,
    'TCP over the loopback: a socket is a handle too, and the other end may be any program',
    ({ draw, say }) =>
      async (task) => {
        const listener = task.socket(AF_INET, SOCK_STREAM)
        task.bind(listener, '127.0.0.1:0')
        await task.listenAsync(listener, 1)
        const address = task.getsockname(listener)
        const client = task.spawn(asks(address, say), { name: 'client', handles: { [listener]: null } })
        const server = task.spawn(answers(listener, draw), { name: 'server' })
        task.close(listener)
        await task.wait(client)
        await task.wait(server)
      },
    { trace: ['socket', 'listen', 'accept4', 'connect', 'shutdown'], kinds: [tcpKind], sockets: [createTcpSockets()] },
  )
}

/** Sends words, says that there are no more, and reads what they come to. */
function asks(address: string, say: Print): Program {
  return async (task) => {
    const socket = task.socket(AF_INET, SOCK_STREAM)
    await task.connectAsync(socket, address)
    await print(task, socket, 'handle\nobject\nhandle\n')
    task.shutdown(socket, SHUT_WR)
    say(`  what came back: ${(await textOf(task, socket)).trim()}`)
  }
}

/** Takes one connection, reads to its end and answers. */
function answers(listener: number, draw: Stage['draw']): Program {
  return async (task) => {
    const connection = await task.accept4Async(listener)
    const words = (await textOf(task, connection)).trim().split('\n')
    draw()
    await print(task, connection, `${String(words.length)} words, ${String(new Set(words).size)} of them different\n`)
  }
}

/** All that a handle reads, to the end of file. */
async function textOf(task: Task, handle: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of pieces(task, handle)) text += decoder.decode(bytes, { stream: true })
  return text
}
