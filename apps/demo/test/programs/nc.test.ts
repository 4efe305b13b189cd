import { spawn, spawnSync } from 'node:child_process'
import { createServer, connect as connectTo, type AddressInfo, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { createMemoryTree, memoryKinds } from '@ht/file/memory'
import { createKernel, type Kernel, type Task } from '@ht/kernel'
import { createSink, createSource, type SourceInit } from '@ht/kernel/stdio'
import { createPipe, pipeKind } from '@ht/pipe'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { createTcpSockets, tcpKind } from '@ht/socket/tcp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { programs } from '../../src/programs/index.js'

let kernel: Kernel
const servers: Server[] = []

beforeEach(() => {
  kernel = createKernel({
    kinds: [pipeKind, localSocketKind, tcpKind, ...memoryKinds],
    root: createMemoryTree().root(),
    pipe: createPipe,
    sockets: [createLocalSockets(), createTcpSockets()],
  })
})

afterEach(() => {
  expect(kernel.tasks()).toEqual([])
  kernel.close()
  for (const server of servers.splice(0)) server.close()
})

/** A running nc: what it says, and how it ends. */
class Nc {
  readonly task: Task
  readonly #out: Uint8Array[] = []
  #err = ''
  readonly #heard: (() => void)[] = []

  constructor(args: readonly string[], input: SourceInit = '') {
    this.task = kernel.spawn(programs['nc']!, {
      args,
      stdin: createSource(input),
      stdout: createSink((bytes) => {
        this.#out.push(bytes)
        this.#hear()
      }),
      stderr: createSink((bytes) => {
        this.#err += Buffer.from(bytes).toString('latin1')
        this.#hear()
      }),
    })
  }

  #hear(): void {
    for (const heard of this.#heard.splice(0)) heard()
  }

  get out(): string {
    return Buffer.concat(this.#out).toString('latin1')
  }

  /** Waits until it has received a number of bytes. */
  async has(length: number): Promise<void> {
    while (this.out.length < length) await new Promise<void>((resolve) => this.#heard.push(resolve))
  }

  get err(): string {
    return this.#err
  }

  /** Waits until it has said something. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#err)
      if (found !== null) return found
      await new Promise<void>((resolve) => this.#heard.push(resolve))
    }
  }

  async port(): Promise<string> {
    return (await this.says(/Listening on \S+ (\d+)/))[1]!
  }

  async status(): Promise<number | string> {
    const { status, signal, error } = await this.task.exited
    expect(error).toBeUndefined()
    return signal ?? status
  }
}

/** A promise, and what fulfils it. */
function promised<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((fulfil) => (resolve = fulfil))
  return { promise, resolve }
}

/** Never gives anything, and never ends. */
const silent = () => new Promise<never>(() => undefined)

async function serve(connected: (socket: Socket) => void): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, connected)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return String((server.address() as AddressInfo).port)
}

/** A port without a listener. */
async function freePort(): Promise<string> {
  const port = await serve(() => undefined)
  await new Promise((resolve) => servers.pop()!.close(resolve))
  return port
}

const large = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255))

/**
 * Many bytes, and their end once something has come about. A listener leaves when the other side has ended sending, even
 * if its own standard input has not ended: so a client that wants all of that input has to wait for it.
 */
async function* largeUntil(come: () => Promise<void>): AsyncGenerator<Buffer> {
  yield large
  await come()
}

describe('nc', () => {
  it('copies standard input there and what comes back here, both at once', async () => {
    const listener = new Nc(['-l', '-v', '-N', '127.0.0.1', '0'], large)
    const client: Nc = new Nc(
      ['-N', '127.0.0.1', await listener.port()],
      largeUntil(() => client.has(large.length)),
    )
    expect([await client.status(), await listener.status()]).toEqual([0, 0])
    expect(client.out === large.toString('latin1') && listener.out === large.toString('latin1')).toBe(true)
    expect(listener.err).toMatch(/^Listening on 127\.0\.0\.1 \d+\nConnection received on 127\.0\.0\.1 \d+\n$/)
    expect([client.out.length, client.err]).toEqual([large.length, ''])
  })

  it('is answered by a server of Node’s after it has ended sending', async () => {
    const port = await serve((socket) => {
      const all: Buffer[] = []
      socket.on('data', (bytes) => all.push(bytes)).on('end', () => socket.end(`got ${Buffer.concat(all).toString()}`))
    })
    const client = new Nc(['-N', '127.0.0.1', port], 'hello')
    expect([await client.status(), client.out]).toEqual([0, 'got hello'])
  })

  it('receives until the other side has ended, however soon standard input has', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.end('answer'))
    })
    const client = new Nc(['localhost', port], 'ask')
    expect([await client.status(), client.out]).toEqual([0, 'answer'])
  })

  it('goes on sending when the other side has only ended sending', async () => {
    const received = promised<string>()
    let go: () => void = () => undefined
    const port = await serve((socket) => {
      socket.end('first')
      let all = ''
      socket
        .on('data', (bytes) => (all += bytes.toString()))
        .on('end', () => {
          received.resolve(all)
        })
      socket.on('finish', () => {
        go()
      })
    })
    const gone = new Promise<void>((resolve) => (go = resolve))
    const client = new Nc(
      ['-N', '127.0.0.1', port],
      (async function* () {
        await gone
        yield 'later'
      })(),
    )
    expect([await client.status(), client.out, await received.promise]).toEqual([0, 'first', 'later'])
  })

  it('listens for one connection, and ends with it', async () => {
    const listener = new Nc(['-lv', '127.0.0.1', '0'], silent)
    const client = connectTo(Number(await listener.port()), '127.0.0.1')
    client.end('from node')
    expect([await listener.status(), listener.out]).toEqual([0, 'from node'])
  })

  it('as a listener sends what it has read of standard input, though the other side has ended sending', async () => {
    const piece = new Uint8Array(65_536)
    let asked = 0
    const listener = new Nc(['-lv', '127.0.0.1', '0'], () => (asked++, piece))
    const client = connectTo({ host: '127.0.0.1', port: Number(await listener.port()), allowHalfOpen: true })
    await new Promise((resolve) => client.once('connect', resolve))
    client.pause()
    // Most likely it is in the middle of a piece then, as the host takes no more.
    for (let before = -1; before !== asked;) {
      before = asked
      for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    client.end()
    let received = 0
    client.on('data', (bytes) => (received += bytes.length))
    const ended = new Promise((resolve) => client.once('end', resolve))
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve))
    client.resume()
    expect(await listener.status()).toBe(0)
    await ended
    expect(received).toBe(asked * piece.length)
  })

  it('listens on and on with -k', async () => {
    const listener = new Nc(['-lkv', '127.0.0.1', '0'], silent)
    const port = await listener.port()
    for (const text of ['one ', 'two ', 'three ']) expect(await new Nc(['-N', '127.0.0.1', port], text).status()).toBe(0)
    kernel.kill(listener.task.id)
    expect([await listener.status(), listener.out]).toEqual(['TERM', 'one two three '])
  })

  it.each([
    ['-p', ['-lv', '-p', '0'], '0.0.0.0'],
    ['the port alone', ['-lv', '0'], '0.0.0.0'],
  ])('is told where to listen by %s', async (_, args, host) => {
    const listener = new Nc(args)
    const port = await listener.port()
    expect(listener.err).toBe(`Listening on ${host} ${port}\n`)
    expect(await new Nc(['-N', '127.0.0.1', port], '').status()).toBe(0)
    expect(await listener.status()).toBe(0)
  })

  it('says with -z whether there is a listener, and sends nothing', async () => {
    const got: string[] = []
    const port = await serve((socket) => {
      socket.on('data', (bytes) => got.push(bytes.toString())).on('end', () => socket.end())
    })
    const client = new Nc(['-zv', '127.0.0.1', port], 'not sent')
    expect([await client.status(), client.err, got]).toEqual([0, `Connection to 127.0.0.1 ${port} port [tcp/*] succeeded!\n`, []])
  })

  it('ends with status 1 where there is no listener, and says so with -v', async () => {
    const port = await freePort()
    const quiet = new Nc(['127.0.0.1', port])
    expect([await quiet.status(), quiet.err]).toEqual([1, ''])
    const loud = new Nc(['-v', '127.0.0.1', port])
    expect([await loud.status(), loud.err]).toEqual([
      1,
      `nc: connect to 127.0.0.1 port ${port} (tcp) failed: Connection refused\n`,
    ])
  })

  it('says of an address that is taken that it is', async () => {
    const port = await serve(() => undefined)
    const listener = new Nc(['-l', '127.0.0.1', port])
    expect([await listener.status(), listener.err]).toEqual([1, 'nc: Address already in use\n'])
  })

  it('gives up with -w when nothing is sent for so long', async () => {
    const port = await serve((socket) => socket.on('close', () => undefined))
    // The time to connect is limited as well, and may be long on a busy machine.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const client = new Nc(['-v', '-w', '30', '127.0.0.1', port], silent)
      await client.says(/succeeded/)
      while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve))
      vi.advanceTimersByTime(30_000)
      expect(await client.status()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('gives up with -l and -w too, when nothing is sent over its connection', async () => {
    const listener = new Nc(['-lv', '-w', '0.05', '127.0.0.1', '0'], silent)
    const client = connectTo(Number(await listener.port()), '127.0.0.1')
    const closed = new Promise((resolve) => client.resume().on('close', resolve))
    expect(await listener.status()).toBe(0)
    await closed
  })

  it('shows of a name with -v what it was connected to', async () => {
    const port = await serve((socket) => socket.end())
    const client = new Nc(['-v', 'localhost', port])
    expect([await client.status(), client.err]).toEqual([
      0,
      `Connection to localhost (127.0.0.1) ${port} port [tcp/*] succeeded!\n`,
    ])
  })

  it('leaves with -q so long after the end of standard input', async () => {
    const port = await serve((socket) => socket.write('kept open'))
    const client = new Nc(['-q', '0.05', '127.0.0.1', port], 'x')
    expect(await client.status()).toBe(0)
  })

  it('reads no standard input with -d', async () => {
    let asked = false
    const port = await serve((socket) => socket.end('bye'))
    const client = new Nc(['-d', '127.0.0.1', port], () => {
      asked = true
      return 'x'
    })
    expect([await client.status(), client.out, asked]).toEqual([0, 'bye', false])
  })

  it('connects local sockets by their names', async () => {
    const listener = new Nc(['-lUv', 'desk'], 'from the desk')
    await listener.says(/Listening on desk\n/)
    const client = new Nc(['-UN', 'desk'], 'to the desk')
    expect([await client.status(), client.out, await listener.status(), listener.out]).toEqual([
      0,
      'from the desk',
      0,
      'to the desk',
    ])
    const nobody = new Nc(['-U', 'desk'])
    expect([await nobody.status(), nobody.err]).toEqual([1, 'nc: desk: Connection refused\n'])
  })

  it('closes its connection when it is killed', async () => {
    const closed = promised<undefined>()
    const connected = promised<undefined>()
    const port = await serve((socket) => {
      connected.resolve(undefined)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          closed.resolve(undefined)
        })
      socket.resume().on('end', () => socket.end())
    })
    const client = new Nc(['127.0.0.1', port], silent)
    await connected.promise
    kernel.kill(client.task.id, 'INT')
    expect(await client.status()).toBe('INT')
    await closed.promise
  })

  it('ends when its output is not read', async () => {
    const port = await serve((socket) => {
      socket.on('error', () => undefined).write('x'.repeat(10_000_000))
    })
    const { reader, writer } = createPipe()
    reader.release()
    const task = kernel.spawn(programs['nc']!, {
      args: ['127.0.0.1', port],
      stdin: createSource(silent),
      stdout: writer,
      stderr: createSink(() => undefined),
    })
    expect(await task.exited).toMatchObject({ status: 0, signal: undefined, error: undefined })
  })

  it.each([
    [[], 'missing operand'],
    [['a', '1', 'b'], 'too many operands'],
    [['-x', 'a', '1'], "invalid option -- 'x'"],
  ])('says what is wrong with %j', async (args, message) => {
    const wrong = new Nc(args)
    expect(await wrong.status()).toBe(1)
    expect(wrong.err).toBe(`nc: ${message}\nTry 'nc --help' for more information.\n`)
  })

  it.each([
    [['127.0.0.1'], 'nc: missing port number\n'],
    [['-l'], 'nc: missing port number\n'],
    [['-k', '127.0.0.1', '1'], 'nc: must use -l with -k\n'],
    [['-lz', '1'], 'nc: cannot use -z and -l\n'],
    [['-w', 'x', 'a', '1'], 'nc: timeout invalid: x\n'],
    [['-w', '-1', 'a', '1'], 'nc: timeout too small: -1\n'],
    [['-U', 'a', 'b'], 'nc: cannot use port with -U\n'],
    [['127.0.0.1', 'x'], 'nc: port number invalid: x\n'],
    [['127.0.0.1', '70000'], 'nc: port number too large: 70000\n'],
    [['127.0.0.1', '0'], 'nc: port number too small: 0\n'],
  ])('refuses %j', async (args, message) => {
    const wrong = new Nc(args)
    expect([await wrong.status(), wrong.err]).toEqual([1, message])
  })
})

const hasNc = String(spawnSync('nc', ['-h']).stderr).startsWith('OpenBSD netcat')

describe.skipIf(!hasNc)('nc and the system’s', () => {
  /** Runs the system's, and says what it printed and how it ended; `port` is the one that it listens at. */
  function theirs(args: readonly string[], input: Uint8Array | string | AsyncIterable<Uint8Array> = '') {
    const child = spawn('nc', args)
    const out: Buffer[] = []
    let err = ''
    const port = promised<string>()
    const heard = new Set<() => void>()
    child.stdout.on('data', (bytes: Buffer) => {
      out.push(bytes)
      for (const hear of heard) hear()
    })
    child.stderr.on('data', (bytes: Buffer) => {
      err += bytes.toString('latin1')
      const [, found] = /Listening on \S+ (\d+)\n/.exec(err) ?? []
      if (found !== undefined) port.resolve(found)
    })
    child.stdin.on('error', () => undefined)
    if (typeof input === 'string' || input instanceof Uint8Array) child.stdin.end(input)
    else Readable.from(input).pipe(child.stdin)
    const ended = new Promise<{ status: number | null; out: Buffer; err: string }>((resolve) =>
      child.on('close', (status) => {
        resolve({ status, out: Buffer.concat(out), err })
      }),
    )
    /** Waits until it has received a number of bytes. */
    const has = (length: number) =>
      new Promise<void>((resolve) => {
        const hear = () => {
          if (Buffer.concat(out).length >= length) resolve()
        }
        heard.add(hear)
        hear()
      })
    return { port: port.promise, ended, has }
  }

  it('connects to it, both send at once, and each ends sending when it has sent all', async () => {
    const listener = theirs(['-lvN', '127.0.0.1', '0'], large)
    const client: Nc = new Nc(
      ['-N', '127.0.0.1', await listener.port],
      largeUntil(() => client.has(large.length)),
    )
    expect(await client.status()).toBe(0)
    const { status, out } = await listener.ended
    expect([status, out.equals(large), client.out === large.toString('latin1')]).toEqual([0, true, true])
  })

  it('is connected to by it, and says the same on both sides', async () => {
    const listener = new Nc(['-lvN', '127.0.0.1', '0'], large)
    const port = await listener.port()
    const client: ReturnType<typeof theirs> = theirs(
      ['-nvN', '127.0.0.1', port],
      largeUntil(() => client.has(large.length)),
    )
    const { status, out, err } = await client.ended
    expect([status, out.equals(large), err]).toEqual([0, true, `Connection to 127.0.0.1 ${port} port [tcp/*] succeeded!\n`])
    expect([await listener.status(), listener.out === large.toString('latin1')]).toEqual([0, true])
  })

  it.each([
    ['a connection that is refused', (port: string) => ['-v', '127.0.0.1', port]],
    ['no port', () => ['127.0.0.1']],
    ['a port that is none', () => ['127.0.0.1', '70000']],
    ['port 0', () => ['127.0.0.1', '0']],
    ['-k alone', () => ['-k', '127.0.0.1', '1']],
    ['a timeout that is none', () => ['-w', '-1', '127.0.0.1', '1']],
    ['a port with -U', () => ['-U', 'a', 'b']],
  ])('says the same of %s', async (_, args) => {
    const words = args(await freePort())
    const { status, err } = await theirs(words).ended
    const ours = new Nc(words)
    expect([await ours.status(), ours.err]).toEqual([status, err])
  })
})
