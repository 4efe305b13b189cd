import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openObjectOf, type OpenObject } from '@ht/core'
import { trackLeaks } from '@ht/core/debug'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_WAITALL,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '@ht/core/socket'
import { createTcpSockets, tcpKind } from '@ht/socket/tcp'
import { localSocketKind } from '@ht/socket'
import { F_GETFD, F_SETFL, type Kernel, type Task } from '../src/index.js'
import { acting, idleTask, kernelWith, outcomeOf, settle, text, utf8 } from './support/kernel.js'

const buffer = () => new Uint8Array(64)

/** A task with a listener of this name, and how a client of it is made. */
function withListener(backlog = 5, kernel: Kernel = kernelWith()) {
  const task = idleTask({}, kernel)
  const listener = task.socket(AF_UNIX, SOCK_STREAM)
  task.bind(listener, 'server')
  task.listen(listener, backlog)
  const client = () => task.socket(AF_UNIX, SOCK_STREAM)
  return { kernel, task, listener, client }
}

/** What these handles name. */
function opensOf(task: Task, ...handles: number[]): OpenObject[] {
  return handles.map((handle) => task.table.withObject(handle, openObjectOf)!)
}

/** Handles, references and holders that a call left behind, at the end of a test that must leave none. */
function watched(task: Task) {
  const tracker = trackLeaks()
  const before = task.table.activeHandles()
  return () => {
    const left = tracker.leaks().map((leak) => leak.text.split('\n')[0])
    tracker.stop()
    return [left, task.table.activeHandles().filter((handle) => !before.includes(handle))]
  }
}

describe('accept4Async', () => {
  it('waits for a connection, and gives it the flags that it is told', async () => {
    const { task, listener, client } = withListener()
    const accepting = task.accept4Async(listener, SOCK_CLOEXEC)
    await settle()
    const handle = client()
    task.connect(handle, 'server')
    const accepted = await accepting
    expect([accepted, task.fcntl(accepted, F_GETFD)]).toEqual([handle + 1, 1])
    expect([task.send(handle, utf8('x')), task.recv(accepted, buffer())]).toEqual([1, 1])
    task.connect(client(), 'server')
    expect(await task.accept4Async(listener)).toBe(accepted + 2)
  })

  it('takes no number while it waits, and the lowest that is free then', async () => {
    const { task, listener, client } = withListener()
    const accepting = task.accept4Async(listener)
    await settle()
    const [first, second] = [client(), client()]
    expect([first, second]).toEqual([listener + 1, listener + 2])
    task.close(first)
    task.connect(second, 'server')
    expect(await accepting).toBe(first)
  })

  it('that finds no number when a connection comes is EMFILE, and leaves the connection where it waits', async () => {
    const { task, listener, client } = withListener()
    const accepting = task.accept4Async(listener)
    const handle = client()
    const other = client()
    task.setHandleLimit(other + 1)
    task.connect(handle, 'server')
    expect(await outcomeOf(accepting)).toBe('EMFILE')
    task.close(other)
    expect(task.accept4(listener)).toBe(other)
  })

  it('places the connection in the table that the task has by then', async () => {
    const { task, listener, client } = withListener()
    const child = acting(task).clone(() => new Promise<number>(() => undefined), { files: true })
    const accepting = child.accept4Async(listener)
    await settle()
    child.unshare()
    const handle = client()
    task.connect(handle, 'server')
    const accepted = await accepting
    expect([child.table.isValidHandle(accepted), task.table.activeHandles()]).toEqual([true, [listener, handle]])
  })

  it('does not wait on what is non-blocking, and rejects as accept4 throws', async () => {
    const { task, listener, client } = withListener()
    task.fcntl(listener, F_SETFL, SOCK_NONBLOCK)
    await expect(task.accept4Async(listener)).rejects.toMatchObject({
      code: 'EAGAIN',
      syscall: 'accept4',
      handle: listener,
      task: task.id,
    })
    const [reader] = task.pipe2()
    expect(
      await Promise.all(
        [task.accept4Async(client()), task.accept4Async(99), task.accept4Async(reader), task.accept4Async(listener, 1)].map(
          outcomeOf,
        ),
      ),
    ).toEqual(['EINVAL', 'EBADF', 'ENOTSOCK', 'EINVAL'])
  })

  it('ends at its timeout, at its signal and with its task, and holds nothing then', async () => {
    const { kernel, task, listener } = withListener()
    const left = watched(task)
    const open = task.queryHandle(listener)
    expect(await outcomeOf(task.accept4Async(listener, 0, { timeoutMs: 1 }))).toBe('ETIMEDOUT')
    const controller = new AbortController()
    const accepting = task.accept4Async(listener, 0, { signal: controller.signal })
    await settle()
    controller.abort(new Error('enough'))
    await expect(accepting).rejects.toThrow('enough')
    expect([task.queryHandle(listener), left()]).toEqual([open, [[], []]])
    const last = task.accept4Async(listener)
    await settle()
    kernel.kill(task.id)
    await expect(last).rejects.toThrow('ESRCH: the task has ended by signal TERM, accept4')
  })

  it('survives the close of its handle, and takes the connection all the same', async () => {
    const { task, listener, client } = withListener()
    const accepting = task.accept4Async(listener)
    await settle()
    task.close(listener)
    const handle = client()
    expect([handle, task.connectErrno(handle, 'server'), await accepting]).toEqual([listener, 0, listener + 1])
    expect(task.connectErrno(client(), 'server')).toBe(-111)
  })
})

describe('connectAsync of a local socket', () => {
  it('waits while the backlog is full', async () => {
    const { task, listener, client } = withListener(0)
    await task.connectAsync(client(), 'server')
    let connected = false
    const second = task.connectAsync(client(), 'server').then(() => (connected = true))
    await settle()
    expect(connected).toBe(false)
    task.accept4(listener)
    expect(await second).toBe(true)
  })

  it('does not wait on what is non-blocking, and rejects as connect throws', async () => {
    const { task, client } = withListener(0)
    const [first, second] = [client(), client()]
    task.connect(first, 'server')
    task.fcntl(second, F_SETFL, SOCK_NONBLOCK)
    const [reader] = task.pipe2()
    const calls = [
      task.connectAsync(second, 'server'),
      task.connectAsync(second, 'nobody'),
      task.connectAsync(99, 'server'),
      task.connectAsync(reader, 'server'),
      task.connectAsync(second, 5 as never),
      task.connectAsync(second, 'a\0b'),
    ]
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(['EAGAIN', 'ECONNREFUSED', 'EBADF', 'ENOTSOCK', 'EINVAL', 'EINVAL'])
  })

  it('ends when the listener goes, and when its task is killed', async () => {
    const { task, listener, client, kernel } = withListener(0)
    task.connect(client(), 'server')
    const child = acting(task).fork((self) => self.connectAsync(self.socket(AF_UNIX, SOCK_STREAM), 'server'))
    const waiting = task.connectAsync(client(), 'server')
    await settle()
    kernel.kill(child.id)
    expect((await child.exited).signal).toBe('TERM')
    task.close(listener)
    expect(await outcomeOf(waiting)).toBe('ECONNREFUSED')
  })
})

describe('recvAsync', () => {
  it('waits until there is something, and for the end', async () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const into = buffer()
    const first = task.recvAsync(b, into)
    await settle()
    task.send(a, utf8('abc'))
    expect([await first, text(into.subarray(0, 3))]).toEqual([3, 'abc'])
    const second = task.recvAsync(b, into)
    await settle()
    task.shutdown(a, SHUT_WR)
    expect([await second, await outcomeOf(task.sendAsync(b, utf8('x')))]).toEqual([0, 1])
  })

  it('with MSG_WAITALL waits until the buffer is full', async () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const into = new Uint8Array(6)
    const receiving = task.recvAsync(b, into, MSG_WAITALL)
    for (const piece of ['ab', 'c', 'defgh']) {
      await settle()
      task.send(a, utf8(piece))
    }
    expect([await receiving, text(into)]).toEqual([6, 'abcdef'])
    expect(await task.recvAsync(b, into)).toBe(2)
  })

  it('with MSG_WAITALL gives what came, when the end, a timeout or an abort comes first', async () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    task.send(a, utf8('ab'))
    expect(await task.recvAsync(b, buffer(), MSG_WAITALL, { timeoutMs: 1 })).toBe(2)
    const controller = new AbortController()
    const receiving = task.recvAsync(b, buffer(), MSG_WAITALL, { signal: controller.signal })
    task.send(a, utf8('cde'))
    await settle()
    controller.abort()
    expect(await receiving).toBe(3)
    const last = task.recvAsync(b, buffer(), MSG_WAITALL)
    task.send(a, utf8('f'))
    await settle()
    task.close(a)
    expect([await last, await task.recvAsync(b, buffer(), MSG_WAITALL)]).toEqual([1, 0])
  })

  it('with MSG_WAITALL on what is non-blocking, with MSG_DONTWAIT or with MSG_PEEK gives what is there', async () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    task.send(a, utf8('ab'))
    expect(await task.recvAsync(b, buffer(), MSG_WAITALL | MSG_PEEK)).toBe(2)
    expect([
      await task.recvAsync(b, buffer(), MSG_WAITALL | MSG_DONTWAIT),
      await outcomeOf(task.recvAsync(b, buffer(), MSG_DONTWAIT)),
    ]).toEqual([2, 'EAGAIN'])
    task.fcntl(b, F_SETFL, SOCK_NONBLOCK)
    task.send(a, utf8('abc'))
    expect([await task.recvAsync(b, buffer(), MSG_WAITALL), await outcomeOf(task.recvAsync(b, buffer(), MSG_WAITALL))]).toEqual([
      3,
      'EAGAIN',
    ])
  })

  it('of a datagram with MSG_WAITALL gives one', async () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_DGRAM)
    for (const message of ['one', 'two']) task.send(a, utf8(message))
    expect([await task.recvAsync(b, buffer(), MSG_WAITALL), await task.recvAsync(b, buffer(), MSG_WAITALL)]).toEqual([3, 3])
  })

  it('whose buffer is gone when something comes is EFAULT, and takes nothing', async () => {
    const task = idleTask()
    for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
      const [a, b] = task.socketpair(AF_UNIX, type)
      const into = buffer()
      const receiving = task.recvAsync(b, into)
      structuredClone(into.buffer, { transfer: [into.buffer] })
      task.send(a, utf8('abc'))
      expect([await outcomeOf(receiving), task.recv(b, buffer())]).toEqual(['EFAULT', 3])
    }
  })

  it('ends when its task is killed, also with part of what it waits for, and holds nothing then', async () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const opens = opensOf(task, a, b)
    task.send(a, utf8('ab'))
    const calls = [task.recvAsync(b, buffer(), MSG_WAITALL), task.recvAsync(a, buffer())]
    await settle()
    kernel.kill(task.id)
    for (const call of calls) await expect(call).rejects.toThrow('ESRCH: the task has ended by signal TERM, recv')
    expect(opens.map(({ references, released }) => [references, released])).toEqual([
      [0, true],
      [0, true],
    ])
  })

  it('rejects as recv throws', async () => {
    const task = idleTask()
    const [, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const [reader] = task.pipe2()
    const calls = [
      task.recvAsync(99, buffer()),
      task.recvAsync(reader, buffer()),
      task.recvAsync(b, 'x' as never),
      task.recvAsync(b, buffer(), 0.5),
      task.recvAsync(b, buffer(), 0, { timeoutMs: -1 }),
      task.recvAsync('x' as never, buffer()),
    ]
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(['EBADF', 'ENOTSOCK', 'EINVAL', 'EINVAL', 'EINVAL', 'EINVAL'])
  })
})

describe('recvfromAsync and sendtoAsync', () => {
  it('wait, and tell whom it came from', async () => {
    const task = idleTask()
    const [server, client] = [task.socket(AF_UNIX, SOCK_DGRAM), task.socket(AF_UNIX, SOCK_DGRAM)]
    task.bind(server, 'server')
    task.bind(client, 'client')
    const receiving = task.recvfromAsync(server, buffer())
    await settle()
    expect([await task.sendtoAsync(client, utf8('hello'), 0, 'server'), await receiving]).toEqual([
      5,
      { count: 5, address: 'client' },
    ])
    expect(await outcomeOf(task.sendtoAsync(client, utf8('x'), 0, 'nobody'))).toBe('ECONNREFUSED')
    expect(await outcomeOf(task.recvfromAsync(server, buffer(), MSG_DONTWAIT))).toBe('EAGAIN')
  })

  it('with MSG_WAITALL tell whom the first bytes came from, though the end came after them', async () => {
    const { task, listener, client } = withListener()
    const handle = client()
    task.bind(handle, 'client')
    task.connect(handle, 'server')
    const accepted = task.accept4(listener)
    task.send(handle, utf8('abc'))
    task.close(handle)
    expect(await task.recvfromAsync(accepted, buffer(), MSG_WAITALL)).toEqual({ count: 3, address: 'client' })
    expect(await task.recvfromAsync(accepted, buffer(), MSG_WAITALL)).toEqual({ count: 0, address: '' })
  })

  it('wait for room in a queue', async () => {
    const task = idleTask()
    const [server, client] = [task.socket(AF_UNIX, SOCK_DGRAM), task.socket(AF_UNIX, SOCK_DGRAM)]
    task.bind(server, 'server')
    while (task.sendtoErrno(client, utf8('x'), 0, 'server') === 1);
    const sending = task.sendtoAsync(client, utf8('last'), 0, 'server')
    await settle()
    task.recv(server, buffer())
    expect(await sending).toBe(4)
  })

  it('that are left alone trouble nobody when their task ends', async () => {
    const kernel = kernelWith()
    const unheard: unknown[] = []
    const listener = (reason: unknown) => unheard.push(reason)
    process.on('unhandledRejection', listener)
    const task = kernel.spawn(async (self) => {
      const handle = self.socket(AF_UNIX, SOCK_DGRAM)
      self.bind(handle, 'server')
      void self.recvfromAsync(handle, buffer())
    })
    await task.exited
    await settle()
    await settle()
    process.off('unhandledRejection', listener)
    expect(unheard).toEqual([])
  })
})

describe('sendAsync', () => {
  it('waits until all is sent', async () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251)
    const sending = task.sendAsync(a, bytes)
    const got = new Uint8Array(1_000_000)
    expect([await task.recvAsync(b, got, MSG_WAITALL), await sending]).toEqual([1_000_000, 1_000_000])
    expect(Buffer.compare(got, bytes)).toBe(0)
  })

  it('sends what there is room for where it does not wait', async () => {
    const task = idleTask()
    const [a] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const count = await task.sendAsync(a, new Uint8Array(1_000_000), MSG_DONTWAIT)
    expect([count > 0 && count < 1_000_000, await outcomeOf(task.sendAsync(a, utf8('x'), MSG_DONTWAIT))]).toEqual([
      true,
      'EAGAIN',
    ])
    task.fcntl(a, F_SETFL, SOCK_NONBLOCK)
    expect([await outcomeOf(task.sendAsync(a, utf8('x'))), await outcomeOf(task.writeAsync(a, utf8('x')))]).toEqual([
      'EAGAIN',
      'EAGAIN',
    ])
  })

  it('whose peer goes half way gives what was sent, without SIGPIPE; the next one raises it', async () => {
    for (const send of ['sendAsync', 'writeAsync'] as const) {
      const task = idleTask()
      let raised = 0
      task.onSignal('PIPE', () => raised++)
      const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
      const sending = task[send](a, new Uint8Array(1_000_000))
      await settle()
      task.close(b)
      expect([(await sending) > 0, raised]).toEqual([true, 0])
      // That the peer's unread bytes were lost is told once, before.
      expect([await outcomeOf(task.recvAsync(a, buffer())), await outcomeOf(task[send](a, utf8('x'))), raised]).toEqual([
        'ECONNRESET',
        'EPIPE',
        1,
      ])
    }
  })

  it('with MSG_NOSIGNAL is EPIPE alone, and of datagrams as well', async () => {
    const task = idleTask()
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    const [datagram] = task.socketpair(AF_UNIX, SOCK_DGRAM)
    task.close(b)
    task.shutdown(datagram, SHUT_WR)
    expect(await outcomeOf(task.sendAsync(a, utf8('x'), MSG_NOSIGNAL))).toBe('EPIPE')
    expect([
      await outcomeOf(task.sendAsync(datagram, utf8('x'))),
      await outcomeOf(task.writeAsync(datagram, utf8('x'))),
      task.ended,
    ]).toEqual(['EPIPE', 'EPIPE', undefined])
    expect([await outcomeOf(task.sendAsync(a, utf8('x'))), task.ended]).toEqual([
      'EPIPE',
      expect.objectContaining({ signal: 'PIPE' }),
    ])
  })
})

describe('over TCP', () => {
  const withTcp = async () => {
    const kernel = kernelWith({
      kinds: [tcpKind, localSocketKind] as never,
      root: undefined as never,
      pipe: undefined as never,
      sockets: [createTcpSockets()],
    })
    const task = idleTask({}, kernel)
    const listener = task.socket(AF_INET, SOCK_STREAM)
    task.bind(listener, '127.0.0.1:0')
    await task.listenAsync(listener, 5)
    return { kernel, task, listener, address: task.getsockname(listener) }
  }

  it('listenAsync, connectAsync and accept4Async wait for the host, and both ends know their addresses', async () => {
    const { task, listener, address } = await withTcp()
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
    const client = task.socket(AF_INET, SOCK_STREAM)
    const [accepted] = await Promise.all([task.accept4Async(listener), task.connectAsync(client, address)])
    expect([task.getpeername(client), task.getpeername(accepted)]).toEqual([address, task.getsockname(client)])
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251)
    const got = new Uint8Array(300_000)
    const [sent, count] = await Promise.all([task.sendAsync(client, bytes), task.recvAsync(accepted, got, MSG_WAITALL)])
    expect([sent, count, Buffer.compare(got, bytes)]).toEqual([300_000, 300_000, 0])
    task.shutdown(client, SHUT_WR)
    expect(await task.recvAsync(accepted, got)).toBe(0)
    expect(await outcomeOf(task.connectAsync(client, address))).toBe('EISCONN')
  })

  it('listenAsync waits also on what is non-blocking, and gives the host’s refusal', async () => {
    const { task, listener, address } = await withTcp()
    const other = task.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    expect(await outcomeOf(task.listenAsync(other, 5))).toBeUndefined()
    const third = task.socket(AF_INET, SOCK_STREAM)
    expect(task.getsockname(listener)).toBe(address)
    expect([task.bindErrno(third, address) || (await outcomeOf(task.listenAsync(third, 1)))]).toEqual([
      expect.toSatisfy((it) => it === -98 || it === 'EADDRINUSE'),
    ])
  })

  it('connectAsync of a non-blocking socket is EINPROGRESS, then EALREADY, and once it is done 0', async () => {
    const { task, listener, address } = await withTcp()
    const client = task.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    expect(await outcomeOf(task.connectAsync(client, address))).toBe('EINPROGRESS')
    expect(['EALREADY', undefined]).toContain(await outcomeOf(task.connectAsync(client, address)))
    await task.accept4Async(listener)
    task.fcntl(client, F_SETFL, 0)
    expect([undefined, 'EISCONN']).toContain(await outcomeOf(task.connectAsync(client, address)))
    expect(task.getpeername(client)).toBe(address)
  })

  it('a reset after part of what was waited for is the next call’s error', async () => {
    const { task, listener, address } = await withTcp()
    const peer = connect(Number(address.split(':')[1]), '127.0.0.1', () => peer.write('abc'))
    const accepted = await task.accept4Async(listener)
    await task.recvAsync(accepted, buffer(), MSG_PEEK)
    const receiving = task.recvAsync(accepted, buffer(), MSG_WAITALL)
    peer.resetAndDestroy()
    expect([
      await receiving,
      await outcomeOf(task.recvAsync(accepted, buffer())),
      await task.recvAsync(accepted, buffer()),
    ]).toEqual([3, 'ECONNRESET', 0])
  })

  it('a reset after part of what was to be sent is the next call’s error, and EPIPE comes after it', async () => {
    for (const send of ['sendAsync', 'writeAsync'] as const) {
      const { task, listener, address } = await withTcp()
      task.onSignal('PIPE', 'ignore')
      const peer = connect(Number(address.split(':')[1]), '127.0.0.1')
      peer.pause()
      const accepted = await task.accept4Async(listener)
      const sending = task[send](accepted, new Uint8Array(64 << 20))
      await settle()
      peer.resetAndDestroy()
      expect([
        (await sending) > 0,
        await outcomeOf(task[send](accepted, utf8('x'))),
        await outcomeOf(task[send](accepted, utf8('x'))),
      ]).toEqual([true, 'ECONNRESET', 'EPIPE'])
    }
  })

  it('connectAsync to where nobody listens is ECONNREFUSED', async () => {
    const { task, listener, address } = await withTcp()
    task.close(listener)
    // The host closes a listener on a turn of its own.
    const client = () => task.socket(AF_INET, SOCK_STREAM)
    let result
    do result = await outcomeOf(task.connectAsync(client(), address))
    while (result === undefined)
    expect(['ECONNREFUSED', 'ECONNRESET']).toContain(result)
  })

  it('what ends connectAsync does not end the attempt: it is asked again and goes on', async () => {
    const { task, listener, address } = await withTcp()
    const client = task.socket(AF_INET, SOCK_STREAM)
    const controller = new AbortController()
    const connecting = task.connectAsync(client, address, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(connecting).rejects.toThrow('enough')
    expect(await outcomeOf(task.connectAsync(client, address))).toBeUndefined()
    expect(await task.accept4Async(listener)).toBe(client + 1)
  })

  it('a task that is killed while it connects or accepts leaves nothing open', async () => {
    const { kernel, task, listener, address } = await withTcp()
    const opens = opensOf(task, listener, task.socket(AF_INET, SOCK_STREAM))
    const calls = [task.accept4Async(listener), task.connectAsync(listener + 1, address)]
    kernel.kill(task.id)
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(['ESRCH', 'ESRCH'])
    expect(opens.map(({ references }) => references)).toEqual([0, 0])
  })
})
