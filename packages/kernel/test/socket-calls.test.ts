import { describe, expect, it } from 'vitest'
import { defineKind, implement, O_CREAT, O_RDWR } from '@ht/core'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SocketOps,
  SOL_SOCKET,
  type SocketFamily,
} from '@ht/core/socket'
import { trackLeaks } from '@ht/core/debug'
import { createLocalSockets, localSocketKind, socketPair } from '@ht/socket'
import { createPresetKernel } from '../src/preset.js'
import { createKernel, F_GETFD, F_GETFL, type Task } from '../src/index.js'
import { acting, expectUnchanged, idleTask, kernelWith, outcome, settle, text, utf8 } from './support/kernel.js'

const EIO = -5
const EBADF = -9
const EAGAIN = -11
const EINVAL = -22
const EMFILE = -24
const EPIPE = -32
const ENOTSOCK = -88
const ENOPROTOOPT = -92
const EPROTONOSUPPORT = -93
const ESOCKTNOSUPPORT = -94
const ENOTSUP = -95
const EAFNOSUPPORT = -97
const EADDRINUSE = -98
const EISCONN = -106
const ENOTCONN = -107
const ECONNREFUSED = -111

const buffer = () => new Uint8Array(64)

/** A listener with this name. */
function listening(task: Task, name = 'server', backlog = 5): number {
  const listener = task.socket(AF_UNIX, SOCK_STREAM)
  task.bind(listener, name)
  task.listen(listener, backlog)
  return listener
}

/** What is received at once, as text. */
function received(task: Task, handle: number, flags?: number): string | number {
  const into = buffer()
  const count = task.recvErrno(handle, into, flags)
  return count < 0 ? count : text(into.subarray(0, count))
}

describe('socket', () => {
  it('gives the lowest free number, and its type’s flags are the handle’s and the object’s', () => {
    const task = idleTask()
    const plain = task.socket(AF_UNIX, SOCK_STREAM)
    const flagged = task.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
    expect([plain, flagged]).toEqual([0, 1])
    expect([plain, flagged].map((it) => task.fcntl(it, F_GETFD))).toEqual([0, 1])
    expect([plain, flagged].map((it) => task.fcntl(it, F_GETFL))).toEqual([2, 2 | SOCK_NONBLOCK])
    expect([SO_TYPE, SO_DOMAIN].map((name) => task.getsockopt(flagged, SOL_SOCKET, name))).toEqual([SOCK_DGRAM, AF_UNIX])
  })

  it('other flags of the type are EINVAL, then an unknown domain EAFNOSUPPORT, then what is no type EINVAL', () => {
    const task = idleTask()
    const answers = [
      [99, SOCK_STREAM | 0x100],
      [99, 15],
      [99, SOCK_STREAM],
      [-1, SOCK_STREAM],
      [AF_INET, SOCK_STREAM],
      [AF_UNIX, 11],
      [AF_UNIX, -1],
    ]
    expect(answers.map(([domain, type]) => task.socketErrno(domain!, type!))).toEqual([
      EINVAL,
      EAFNOSUPPORT,
      EAFNOSUPPORT,
      EAFNOSUPPORT,
      EAFNOSUPPORT,
      EINVAL,
      EINVAL,
    ])
    expect([task.socketErrno(AF_UNIX, 9), task.socketErrno(AF_UNIX, 0), task.socketErrno(AF_UNIX, SOCK_STREAM, 5)]).toEqual([
      ESOCKTNOSUPPORT,
      ESOCKTNOSUPPORT,
      EPROTONOSUPPORT,
    ])
    expect(() => task.socket(AF_INET, SOCK_STREAM)).toThrow(
      `EAFNOSUPPORT: createKernel was given no \`sockets\` of domain 2, socket (task ${String(task.id)})`,
    )
  })

  it('without a number is EMFILE, after all that is wrong with the domain, and nothing is left', () => {
    const task = idleTask({ limit: 0 })
    const tracker = trackLeaks()
    expect([task.socketErrno(99, SOCK_STREAM), task.socketErrno(AF_UNIX, 9), task.socketErrno(AF_UNIX, SOCK_STREAM)]).toEqual([
      EAFNOSUPPORT,
      ESOCKTNOSUPPORT,
      EMFILE,
    ])
    expect(tracker.leaks()).toEqual([])
    tracker.stop()
  })

  it('of a kernel that was given none is EAFNOSUPPORT', () => {
    const task = idleTask({}, createKernel())
    expect([task.socketErrno(AF_UNIX, SOCK_STREAM), task.socketpairErrno(AF_UNIX, SOCK_STREAM)]).toEqual([
      EAFNOSUPPORT,
      EAFNOSUPPORT,
    ])
  })
})

describe('socketpair', () => {
  it('gives two numbers, connected to each other', () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
    expect([a, b, task.fcntl(a, F_GETFD), task.fcntl(b, F_GETFD), task.fcntl(b, F_GETFL)]).toEqual([
      0,
      1,
      1,
      1,
      2 | SOCK_NONBLOCK,
    ])
    expect([task.send(a, utf8('ping')), received(task, b), task.write(b, utf8('pong')), task.read(a, buffer())]).toEqual([
      4,
      'ping',
      4,
      4,
    ])
  })

  it('places both or none: with one number left it is EMFILE, before anything of the domain', () => {
    const task = idleTask({ limit: 3 })
    const tracker = trackLeaks()
    task.socket(AF_UNIX, SOCK_STREAM)
    expect(task.socketpairErrno(AF_UNIX, SOCK_STREAM)).toEqual([1, 2])
    task.close(1)
    const before = tracker.leaks().length
    expect([
      task.socketpairErrno(AF_UNIX, SOCK_STREAM),
      task.socketpairErrno(99, SOCK_STREAM),
      task.socketpairErrno(99, SOCK_STREAM | 0x100),
    ]).toEqual([EMFILE, EMFILE, EINVAL])
    expect([task.table.activeHandles(), tracker.leaks().length]).toEqual([[0, 2], before])
    tracker.stop()
    expect(task.socketErrno(AF_UNIX, SOCK_STREAM)).toBe(1)
  })

  it('of a family without pairs is ENOTSUP', () => {
    const { open } = createLocalSockets()
    const task = idleTask({}, kernelWith({ sockets: [{ domains: [AF_UNIX, AF_INET], open }] }))
    expect([
      task.socketpairErrno(AF_INET, SOCK_STREAM),
      task.socketpairErrno(AF_UNIX, 12),
      task.socketErrno(AF_UNIX, SOCK_STREAM),
    ]).toEqual([ENOTSUP, EINVAL, 0])
  })
})

describe('names', () => {
  it('connect leads to who is bound, and both ends tell their names', () => {
    const task = idleTask()
    const listener = listening(task)
    const client = task.socket(AF_UNIX, SOCK_STREAM)
    expect([task.getsockname(client), task.getpeernameErrno(client)]).toEqual(['', ENOTCONN])
    task.bind(client, 'client')
    task.connect(client, 'server')
    const accepted = task.accept4(listener)
    expect([listener, client, accepted].map((it) => task.getsocknameErrno(it))).toEqual(['server', 'client', 'server'])
    expect([task.getpeername(client), task.getpeername(accepted), task.getpeernameErrno(listener)]).toEqual([
      'server',
      'client',
      ENOTCONN,
    ])
    expect([task.send(accepted, utf8('hello')), received(task, client)]).toEqual([5, 'hello'])
    expect(() => task.getpeername(listener)).toThrow(
      `ENOTCONN: not connected, getpeername (handle ${String(listener)}, task ${String(task.id)})`,
    )
  })

  it('belong to one socket at a time, are gone with it, and are no files', () => {
    const task = idleTask()
    const listener = listening(task)
    const other = task.socket(AF_UNIX, SOCK_STREAM)
    expect([task.bindErrno(other, 'server'), task.bindErrno(listener, 'again')]).toEqual([EADDRINUSE, EINVAL])
    expect([task.connectErrno(other, 'nobody'), task.statErrno('server', new Uint8Array(200))]).toEqual([ECONNREFUSED, -2])
    task.close(listener)
    expect([task.connectErrno(other, 'server'), task.bindErrno(other, 'server')]).toEqual([ECONNREFUSED, 0])
  })

  it('are the kernel’s: another kernel’s tasks do not find them', () => {
    listening(idleTask())
    const stranger = idleTask()
    expect(stranger.connectErrno(stranger.socket(AF_UNIX, SOCK_STREAM), 'server')).toBe(ECONNREFUSED)
  })
})

describe('accept4', () => {
  const withClient = (limit = 10) => {
    const task = idleTask({ limit })
    const listener = listening(task)
    const client = task.socket(AF_UNIX, SOCK_STREAM)
    task.connect(client, 'server')
    return { task, listener, client }
  }

  it('gives a handle with the flags that it is told, and none of the listener’s', () => {
    const { task, listener } = withClient()
    task.fcntl(listener, 4, SOCK_NONBLOCK)
    task.connect(task.socket(AF_UNIX, SOCK_STREAM), 'server')
    const [plain, flagged] = [task.accept4(listener), task.accept4(listener, SOCK_CLOEXEC | SOCK_NONBLOCK)]
    expect([plain, flagged].map((it) => [task.fcntl(it, F_GETFD), task.fcntl(it, F_GETFL)])).toEqual([
      [0, 2],
      [1, 2 | SOCK_NONBLOCK],
    ])
    expect(task.accept4Errno(listener)).toBe(EAGAIN)
  })

  it('with other flags is EINVAL, then without a number EMFILE, then ENOTSOCK', () => {
    const { task, listener, client } = withClient(4)
    const file = task.open('/f', O_CREAT | O_RDWR)
    expect([
      task.accept4Errno(99, 0x100),
      task.accept4Errno(file, 0x100),
      task.accept4Errno(file),
      task.accept4Errno(client),
    ]).toEqual([EBADF, EINVAL, ENOTSOCK, EINVAL])
    task.dup(file)
    expect([
      task.accept4Errno(99),
      task.accept4Errno(file, 0x100),
      task.accept4Errno(file),
      task.accept4Errno(client),
      task.accept4Errno(listener),
    ]).toEqual([EBADF, EINVAL, EMFILE, EMFILE, EMFILE])
  })

  it('without a number leaves the connection where it waits', () => {
    const { task, listener, client } = withClient(2)
    const tracker = trackLeaks()
    task.send(client, utf8('early'))
    expect([outcome(() => task.accept4(listener)), tracker.leaks()]).toEqual(['EMFILE', []])
    tracker.stop()
    task.setHandleLimit(3)
    expect([task.accept4(listener), received(task, 2)]).toEqual([2, 'early'])
  })

  it('takes no number while there is nobody', () => {
    const task = idleTask()
    const listener = listening(task)
    expect([task.accept4Errno(listener), task.socket(AF_UNIX, SOCK_STREAM)]).toEqual([EAGAIN, listener + 1])
  })
})

describe('connect, listen and shutdown', () => {
  it('connect to a full backlog is EAGAIN, and again after an accept it leads there', () => {
    const task = idleTask()
    const listener = listening(task, 'server', 0)
    const [first, second] = [task.socket(AF_UNIX, SOCK_STREAM), task.socket(AF_UNIX, SOCK_STREAM)]
    task.connect(first, 'server')
    expect([task.connectErrno(second, 'server'), task.connectErrno(first, 'server')]).toEqual([EAGAIN, EAGAIN])
    task.accept4(listener)
    expect([task.connectErrno(second, 'server'), task.accept4Errno(listener)]).toEqual([0, 4])
    expect(task.connectErrno(first, 'server')).toBe(EISCONN)
  })

  it('a backlog below 0 is the longest that there is', () => {
    const task = idleTask()
    listening(task, 'server', -1)
    for (let i = 0; i < 20; i++) expect(task.connectErrno(task.socket(AF_UNIX, SOCK_STREAM), 'server')).toBe(0)
  })

  it('listen is ENOTSUP for datagrams, and EINVAL without a name', () => {
    const task = idleTask()
    const [stream, datagram] = [task.socket(AF_UNIX, SOCK_STREAM), task.socket(AF_UNIX, SOCK_DGRAM)]
    task.bind(datagram, 'd')
    expect([task.listenErrno(stream, 1), task.listenErrno(datagram, 1)]).toEqual([EINVAL, ENOTSUP])
  })

  it('shutdown ends one way, for all handles; the other goes on', () => {
    const task = idleTask()
    task.onSignal('PIPE', 'ignore')
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    task.shutdown(task.dup(a), SHUT_WR)
    expect([task.sendErrno(a, utf8('x')), received(task, b), task.send(b, utf8('yes')), received(task, a)]).toEqual([
      EPIPE,
      '',
      3,
      'yes',
    ])
    task.shutdown(b, SHUT_RDWR)
    expect([task.shutdownErrno(a, SHUT_RD), task.sendErrno(b, utf8('x'))]).toEqual([0, EPIPE])
  })

  it('shutdown of something else is EINVAL, of what is connected or not', () => {
    const task = idleTask()
    const [a] = task.socketpair(AF_UNIX, SOCK_STREAM)
    for (const how of [-1, 3, 9])
      expect([task.shutdownErrno(a, how), task.shutdownErrno(task.socket(AF_UNIX, SOCK_STREAM), how)]).toEqual([EINVAL, EINVAL])
    expect(() => task.shutdown(a, 3)).toThrow('EINVAL: how must be an integer from 0 to 2, got 3, shutdown')
  })
})

describe('send and recv', () => {
  it('MSG_PEEK leaves what it gives; flags that are not known are ignored', () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    expect(task.sendErrno(a, utf8('abc'), 0x40000)).toBe(3)
    expect([
      received(task, b, MSG_PEEK),
      received(task, b, MSG_PEEK | MSG_DONTWAIT),
      received(task, b, 0x8000),
      received(task, b),
    ]).toEqual(['abc', 'abc', 'abc', EAGAIN])
  })

  it('a datagram is whole or cut; with MSG_TRUNC its whole length is told', () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_DGRAM)
    for (const message of ['first', 'second', '']) task.send(a, utf8(message))
    const short = new Uint8Array(2)
    expect([
      task.recv(b, short, MSG_PEEK | MSG_TRUNC),
      task.recv(b, short),
      text(short),
      received(task, b),
      received(task, b),
      received(task, b),
    ]).toEqual([5, 2, 'fi', 'second', '', EAGAIN])
  })

  it('sendto leads to an address, and recvfrom tells where it came from', () => {
    const task = idleTask()
    const [server, client, nameless] = [1, 2, 3].map(() => task.socket(AF_UNIX, SOCK_DGRAM)) as [number, number, number]
    task.bind(server, 'sérver')
    task.bind(client, 'client')
    expect([task.sendto(client, utf8('hi'), 0, 'sérver'), task.sendto(nameless, utf8('anonymous'), 0, 'sérver')]).toEqual([2, 9])
    const into = buffer()
    expect([task.recvfrom(server, into), text(into.subarray(0, 2))]).toEqual([{ count: 2, address: 'client' }, 'hi'])
    expect(task.recvfrom(server, into, 0)).toEqual({ count: 9, address: '' })
    expect(() => task.recvfrom(server, into)).toThrow(
      `EAGAIN: resource temporarily unavailable, recvfrom (handle ${String(server)}`,
    )
    expect([task.sendtoErrno(client, utf8('x'), 0, 'nobody'), task.sendErrno(client, utf8('x'))]).toEqual([
      ECONNREFUSED,
      ENOTCONN,
    ])
    task.connect(client, 'sérver')
    expect([task.sendto(client, utf8('x')), task.recvfrom(server, into)]).toEqual([1, { count: 1, address: 'client' }])
  })

  it('the errno form of recvfrom fills `address`, as much as it holds', () => {
    const task = idleTask()
    const [server, client] = [task.socket(AF_UNIX, SOCK_DGRAM), task.socket(AF_UNIX, SOCK_DGRAM)]
    task.bind(server, 'server')
    task.bind(client, 'client')
    for (let i = 0; i < 4; i++) task.sendto(client, utf8('hi'), 0, 'server')
    const [long, short] = [new Uint8Array(8).fill(9), new Uint8Array(3)]
    expect([task.recvfromErrno(server, buffer(), 0, long), text(long)]).toEqual([2, 'client\0\0'])
    expect([task.recvfromErrno(server, buffer(), 0, short), text(short)]).toEqual([2, 'cli'])
    expect([
      task.recvfromErrno(server, buffer()),
      task.recvfromErrno(server, buffer(), 0, new Uint8Array(0)),
      task.recvfromErrno(server, buffer(), 0),
    ]).toEqual([2, 2, EAGAIN])
  })

  it('a name of 107 bytes is told whole, and one that begins with a byte order mark', () => {
    const task = idleTask()
    const server = task.socket(AF_UNIX, SOCK_DGRAM)
    task.bind(server, 'server')
    for (const name of ['n'.repeat(107), '\uFEFFname']) {
      const client = task.socket(AF_UNIX, SOCK_DGRAM)
      task.bind(client, name)
      task.sendto(client, utf8('x'), 0, 'server')
      expect(task.recvfrom(server, buffer()).address).toBe(name)
    }
  })

  it('to an address over a connected stream is EISCONN', () => {
    const task = idleTask()
    const [a] = task.socketpair(AF_UNIX, SOCK_STREAM)
    expect(task.sendtoErrno(a, utf8('x'), 0, 'nobody')).toBe(EISCONN)
  })

  it('over what is not connected: ENOTCONN, and EINVAL for a stream that is received from', () => {
    const task = idleTask()
    const stream = task.socket(AF_UNIX, SOCK_STREAM)
    expect([task.sendErrno(stream, utf8('x')), task.recvErrno(stream, buffer())]).toEqual([ENOTCONN, EINVAL])
  })

  it('a handle whose mode was narrowed is EBADF for the other way', () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const [reader, writer] = [task.dup(a), task.dup(b)]
    task.setHandleRole(reader, { accessMode: 'ReadOnly' })
    task.setHandleRole(writer, { accessMode: 'WriteOnly' })
    expect([
      task.sendErrno(reader, utf8('x')),
      task.sendtoErrno(reader, utf8('x'), 0, 'y'),
      task.writeErrno(reader, utf8('x')),
    ]).toEqual([EBADF, EBADF, EBADF])
    expect([task.recvErrno(writer, buffer()), task.recvfromErrno(writer, buffer()), task.readErrno(writer, buffer())]).toEqual([
      EBADF,
      EBADF,
      EBADF,
    ])
    expect([task.sendErrno(writer, utf8('x')), received(task, reader), task.getsocknameErrno(writer)]).toEqual([1, 'x', ''])
  })
})

describe('EPIPE of a socket', () => {
  /** A task whose peer is gone, and how often SIGPIPE was raised in it. */
  const broken = (type: number) => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, type)
    const raised: number[] = []
    task.onSignal('PIPE', () => raised.push(1))
    if (type === SOCK_DGRAM) task.shutdown(a, SHUT_WR)
    else task.close(b)
    return { task, a, count: () => raised.length }
  }

  it('comes with SIGPIPE from each form of send and write, but with MSG_NOSIGNAL', () => {
    const { task, a, count } = broken(SOCK_STREAM)
    expect([task.sendErrno(a, utf8('x')), outcome(() => task.send(a, utf8('x'))), count()]).toEqual([EPIPE, 'EPIPE', 2])
    expect([task.writeErrno(a, utf8('x')), task.writevErrno(a, [utf8('x')]), task.sendErrno(a, utf8('')), count()]).toEqual([
      EPIPE,
      EPIPE,
      EPIPE,
      5,
    ])
    expect([task.sendErrno(a, utf8('x'), MSG_NOSIGNAL), task.sendtoErrno(a, utf8('x'), MSG_NOSIGNAL), count()]).toEqual([
      EPIPE,
      EPIPE,
      5,
    ])
  })

  it('of datagrams comes without', () => {
    const { task, a, count } = broken(SOCK_DGRAM)
    expect([task.sendErrno(a, utf8('x')), task.writeErrno(a, utf8('x')), task.writevErrno(a, [utf8('x')]), count()]).toEqual([
      EPIPE,
      EPIPE,
      EPIPE,
      0,
    ])
  })

  it('ends who ignores it not', async () => {
    const kernel = kernelWith()
    const task = kernel.spawn(async (self) => {
      const [a, b] = self.socketpair(AF_UNIX, SOCK_STREAM)
      self.close(b)
      self.send(a, utf8('x'))
      await settle()
    })
    expect(await task.exited).toMatchObject({ status: 141, signal: 'PIPE' })
  })
})

describe('calls on sockets', () => {
  it('options are the socket’s: ENOPROTOOPT for those that it does not know', () => {
    const task = idleTask()
    const listener = listening(task)
    expect([
      task.getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN),
      task.getsockoptErrno(listener, SOL_SOCKET, 9999),
      task.setsockoptErrno(listener, 77, 1, 1),
    ]).toEqual([1, ENOPROTOOPT, expect.toSatisfy((it: number) => it === ENOPROTOOPT || it === ENOTSUP)])
  })

  it('on what is none are ENOTSOCK, whatever their arguments, and change nothing', () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const [reader, writer] = task.pipe2()
    const calls: ((handle: number) => unknown)[] = [
      (it) => task.bindErrno(it, 5 as never),
      (it) => task.listenErrno(it, NaN),
      (it) => task.accept4Errno(it),
      (it) => task.connectErrno(it, null as never),
      (it) => task.shutdownErrno(it, 9),
      (it) => task.getsocknameErrno(it),
      (it) => task.getpeernameErrno(it),
      (it) => task.sendErrno(it, 'x' as never),
      (it) => task.sendtoErrno(it, utf8('x'), 0, 5 as never),
      (it) => task.recvErrno(it, null as never),
      (it) => task.recvfromErrno(it, buffer(), 0, null as never),
      (it) => task.getsockoptErrno(it, NaN, NaN),
      (it) => task.setsockoptErrno(it, 0, 0, NaN),
    ]
    expectUnchanged(kernel, () => {
      for (const call of calls)
        expect([call(reader), call(writer), call(99), call(-1)]).toEqual([ENOTSOCK, ENOTSOCK, EBADF, EBADF])
    })
  })

  it('are passed on: a child uses its parent’s socket, and each side is gone with the last handle of all tasks', () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const child = acting(task).fork(() => new Promise<number>(() => undefined))
    task.close(a)
    child.close(b)
    expect([child.send(a, utf8('from the child')), received(task, b)]).toEqual([14, 'from the child'])
    task.kernel.kill(child.id)
    expect(received(task, b)).toBe('')
  })

  it('are seen by lsof', () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    listening(task)
    const [handle] = kernel.lsof()[0]!.handles
    expect(handle).toMatchObject({ kind: 'ht:socket', mode: 'ReadWrite' })
    expect(handle?.description).toContain('"server"')
  })
})

describe('createKernel', () => {
  it('with `sockets` that are none, or two for one domain, is EINVAL that names the option', () => {
    const open = () => -1
    for (const sockets of [
      5,
      null,
      {},
      'x',
      [5],
      [null],
      [{}],
      [{ domains: 1, open }],
      [{ domains: [1] }],
      [{ domains: ['1'], open }],
      [{ domains: [1], open, pair: 5 }],
      [{ domains: [1, 1], open }],
      [createLocalSockets(), createLocalSockets()],
    ]) {
      expect(() => createKernel({ sockets: sockets as never })).toThrow(
        'EINVAL: options.sockets must be a list of socket families, one for each domain',
      )
    }
    expect(() => createKernel({ sockets: [], kinds: [localSocketKind as never] })).not.toThrow()
  })

  it('of the preset has local sockets, and takes more families', () => {
    const { open } = createLocalSockets()
    const family: SocketFamily = { domains: [AF_INET], open: (_domain, type, protocol) => open(AF_UNIX, type, protocol) }
    const kernel = createPresetKernel({ sockets: [family] })
    const task = kernel.spawn(() => 0)
    expect([task.socketpairErrno(AF_UNIX, SOCK_STREAM), task.socketErrno(AF_INET, SOCK_STREAM)]).toEqual([[0, 1], 2])
    kernel.close()
    expect(() => createPresetKernel({ sockets: [createLocalSockets()] })).toThrow('EINVAL: options.sockets')
  })

  it('what a family makes of a kind that the tables do not take is let go', () => {
    const stranger = defineKind({ name: 'test-stranger' })
    const family: SocketFamily = {
      domains: [AF_UNIX],
      open: () => stranger.open(undefined),
      pair: () => [socketPair()[0], stranger.open(undefined)],
    }
    const task = idleTask({}, kernelWith({ sockets: [family] }))
    const tracker = trackLeaks()
    expect([task.socketErrno(AF_UNIX, SOCK_STREAM), task.table.openCount(), tracker.leaks()]).toEqual([EINVAL, 0, []])
    expect([task.socketpairErrno(AF_UNIX, SOCK_STREAM), task.table.openCount()]).toEqual([EINVAL, 0])
    // The other end of its own pair, which it gave to nobody.
    expect(tracker.leaks().map((leak) => leak.text.split('\n')[0])).toEqual([expect.stringContaining('ht:socket')])
    tracker.stop()
  })

  it('what a family makes in place of a socket is no handle: EIO for a number that is no −errno, EINVAL for the rest', () => {
    const answers: unknown[] = [0, 7, NaN, undefined, null, 'x', {}, Promise.resolve(7)]
    const make = () => answers[0] as never
    const task = idleTask(
      {},
      kernelWith({
        sockets: [
          { domains: [AF_UNIX], open: make, pair: make },
          { domains: [AF_INET], open: make, pair: () => [socketPair()[0], answers[0]] as never },
        ],
      }),
    )
    const tracker = trackLeaks()
    for (const _ of [...answers]) {
      const wanted = typeof answers[0] === 'number' ? EIO : EINVAL
      expect([task.socketErrno(AF_UNIX, SOCK_STREAM), task.socketErrno(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)]).toEqual([
        wanted,
        wanted,
      ])
      expect(task.socketpairErrno(AF_UNIX, SOCK_STREAM)).toBeLessThan(0)
      expect([task.socketpairErrno(AF_INET, SOCK_STREAM), task.socketpairErrno(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)]).toEqual([
        EINVAL,
        EINVAL,
      ])
      answers.shift()
    }
    answers[0] = NaN
    expect(() => task.socket(AF_UNIX, SOCK_STREAM)).toThrow('EIO: neither an object nor a −errno was made, but NaN, socket (task')
    // The other ends of its own pairs.
    expect([task.table.openCount(), tracker.leaks().length]).toEqual([0, 16])
    tracker.stop()
    expect(task.pipe2()).toEqual([0, 1])
  })

  it('a pair that finds no place is let go whole, whatever the hooks of one throw', () => {
    let released = 0
    const bad = defineKind({
      name: 'test-bad',
      release() {
        released++
        throw new Error('will not go')
      },
    })
    const task = idleTask(
      {},
      kernelWith({ sockets: [{ domains: [AF_UNIX], open: () => -1, pair: () => [bad.open(undefined), bad.open(undefined)] }] }),
    )
    expect(() => task.socketpair(AF_UNIX, SOCK_STREAM)).toThrow('EINVAL: kind test-bad is not registered')
    expect(released).toBe(2)
  })

  it('what accept makes in place of a connection is no handle', () => {
    const answers: unknown[] = [0, 7, NaN, undefined, null, 'x']
    const listener = defineKind({
      name: 'test-listener',
      capabilities: [implement(SocketOps, { accept: () => answers.shift() as never })],
    })
    const task = idleTask(
      { handles: { 0: listener.open(undefined) } },
      kernelWith({ kinds: [listener], root: undefined as never }),
    )
    expect(answers.map(() => 0).map(() => task.accept4Errno(0))).toEqual([EIO, EIO, EIO, EINVAL, EINVAL, EINVAL])
    expect(task.table.activeHandles()).toEqual([0])
    expect(task.dup(0)).toBe(1)
  })

  it('what a family throws is its call’s EIO, and leaves nothing', () => {
    const family: SocketFamily = {
      domains: [AF_UNIX],
      open() {
        throw new Error('no sockets today')
      },
      pair() {
        throw new Error('no pairs either')
      },
    }
    const task = idleTask({ limit: 2 }, kernelWith({ sockets: [family] }))
    expect([task.socketErrno(AF_UNIX, SOCK_STREAM), task.socketpairErrno(AF_UNIX, SOCK_STREAM), task.table.openCount()]).toEqual([
      -5, -5, 0,
    ])
    expect(() => task.socket(AF_UNIX, SOCK_STREAM)).toThrow('EIO: i/o error, socket')
    expect(task.pipe2Errno()).toEqual([0, 1])
  })
})
