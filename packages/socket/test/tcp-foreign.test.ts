import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { readAsync, writeAsync, type KernelObject } from '@ht/core'
import { SHUT_WR } from '@ht/core/socket'
import {
  acceptFrom,
  addressOf,
  connectTo,
  hear,
  hearAll,
  hostAndPort,
  listenAt,
  openTcp,
  ops,
  PATIENCE,
  say,
} from './support/tcp.js'

/* Programs that others wrote, where the machine has them. */

const children: ChildProcess[] = []
const kept: KernelObject[] = []
function keep<T extends KernelObject>(socket: T): T {
  kept.push(socket)
  return socket
}
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const socket of kept.splice(0)) socket.release()
})

/** Runs a program: its output and status. */
function run(command: string, args: readonly string[], input = '') {
  const child = spawn(command, args)
  children.push(child)
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const output: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => output.push(piece))
  const done = once(child, 'close').then(([status]) => ({ output: Buffer.concat(output).toString(), status: status as number }))
  return { child, done }
}

function has(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The tests of a program, or one that says that it is not here. */
function describeWith(command: string, tests: () => void): void {
  describe(`with ${command}`, () => {
    if (has(command)) tests()
    else it.skip(`this machine has no ${command}`, () => undefined)
  })
}

/** A server of HTTP/1.0 as small as there is: one answer for a connection, the body of a request as it came. */
async function serve(listener: KernelObject, requests: number): Promise<string[]> {
  const heads: string[] = []
  for (let i = 0; i < requests; i++) {
    const socket = keep(await acceptFrom(listener))
    let request = ''
    while (!request.includes('\r\n\r\n')) request += await hear(socket)
    const [head = '', ...rest] = request.split('\r\n\r\n')
    let body = rest.join('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    while (body.length < length) body += await hear(socket)
    heads.push(head)
    await say(socket, `HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n${body === '' ? 'hello\n' : body}`)
    socket.release()
  }
  return heads
}

describeWith('curl', () => {
  it('it gets a page from a server made of ours', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const served = serve(listener, 1)
    const curl = run('curl', ['--silent', '--show-error', '--noproxy', '*', `http://${addressOf(listener)}/page`])
    expect(await curl.done).toEqual({ output: 'hello\n', status: 0 })
    expect((await served)[0]).toMatch(/^GET \/page HTTP\/1\.1\r\n/)
  })

  it('it posts a megabyte and gets it back', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const served = serve(listener, 1)
    const body = 'all work and no play\n'.repeat(50_000)
    const options = ['--silent', '--noproxy', '*', '-H', 'Expect:', '--data-binary', '@-']
    const { output, status } = await run('curl', [...options, `http://${addressOf(listener)}/`], body).done
    expect(status).toBe(0)
    expect(output === body).toBe(true)
    await served
  })

  it('it says that nobody listens any more', async () => {
    const listener = await listenAt('127.0.0.1:0')
    const address = addressOf(listener)
    listener.release()
    // 7: failed to connect.
    expect((await run('curl', ['--silent', '--noproxy', '*', `http://${address}/`]).done).status).toBe(7)
  })
})

describeWith('python3', () => {
  const client = `
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(sys.stdin.buffer.read())
s.shutdown(socket.SHUT_WR)
while piece := s.recv(65536): sys.stdout.buffer.write(piece)
`
  const server = `
import socket, sys
l = socket.create_server(('127.0.0.1', 0))
print(l.getsockname()[1], flush=True)
s, _ = l.accept()
while piece := s.recv(65536): s.sendall(piece)
s.shutdown(socket.SHUT_WR)
`

  it('as a client it gets back what it sent', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const { host, port } = hostAndPort(addressOf(listener))
    const python = run('python3', ['-c', client, host, String(port)], 'to and fro\n'.repeat(100_000))
    const socket = keep(await acceptFrom(listener))
    await echo(socket)
    const { output, status } = await python.done
    expect(status).toBe(0)
    expect(output === 'to and fro\n'.repeat(100_000)).toBe(true)
  })

  it('as a server it sends back what we sent', async () => {
    const python = run('python3', ['-c', server])
    const port = String(((await once(python.child.stdout, 'data')) as [Buffer])[0]).trim()
    const socket = keep(openTcp())
    expect(await connectTo(socket, `127.0.0.1:${port}`)).toBe(0)
    const heard = hearAll(socket)
    for (let i = 0; i < 1000; i++) await say(socket, 'to and fro\n'.repeat(100))
    ops(socket).shutdown(SHUT_WR)
    expect((await heard) === 'to and fro\n'.repeat(100_000)).toBe(true)
    expect((await python.done).status).toBe(0)
  })
})

describeWith('nc', () => {
  it('as a client it says a line and hears one', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const { host, port } = hostAndPort(addressOf(listener))
    const nc = run('nc', [host, String(port)], 'question\n')
    const socket = keep(await acceptFrom(listener))
    expect(await hear(socket)).toBe('question\n')
    await say(socket, 'answer\n')
    socket.release()
    expect((await nc.done).output).toBe('answer\n')
  })
})

/** Sends back what comes, up to the end, and ends then. */
async function echo(socket: KernelObject): Promise<void> {
  const buffer = new Uint8Array(65_536)
  for (;;) {
    const count = await readAsync(socket, buffer, PATIENCE)
    if (count === 0) break
    await writeAsync(socket, buffer.subarray(0, count), PATIENCE)
  }
  ops(socket).shutdown(SHUT_WR)
}
