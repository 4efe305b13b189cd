import { describe, expect, it } from 'vitest'
import { O_APPEND, O_CLOEXEC, O_CREAT, O_RDWR } from '@ht/core'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  SHUT_WR,
  SO_KEEPALIVE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '@ht/core/socket'
import { createMemoryTree } from '@ht/file/memory'
import { formatLsof, formatTrace } from '../src/format/index.js'
import { AT_FDCWD, type Trace, type TracedBytes, type TraceEvent } from '../src/index.js'
import { createSource } from '../src/stdio/index.js'
import { acting, idleTask, kernelWith, outcome, outcomeOf, settle, text, utf8 } from './support/kernel.js'

describe('lsof', () => {
  it('lists tasks, handles, kinds, roles, modes, flags, holders and references', async () => {
    const kernel = kernelWith()
    const task = idleTask({ stdin: createSource('abc'), name: 'first' }, kernel)
    task.mkdir('/d')
    task.chdir('/d')
    const file = task.open('f', O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC)
    const child = acting(task).clone(async () => {}, { files: true, name: 'second' })
    const zombie = acting(task).spawn(async () => {}, { name: 'third' })
    await zombie.exited
    await child.exited
    const [first, second, third] = kernel.lsof()
    expect(first).toMatchObject({ task: task.id, name: 'first', parent: 0, processGroup: task.id, state: 'running', cwd: '/d' })
    expect(
      first?.handles.map(({ kind, role, mode, flags, holders, references }) => [kind, role, mode, flags, holders, references]),
    ).toEqual([
      ['ht:stdio', 'StandardInputOutput', 'ReadOnly', [], 1, 1],
      ['ht:memory-file', 'Regular', 'ReadWrite', ['CloseOnExec', 'Append'], 1, 1],
    ])
    expect(first?.handles[1]?.handle).toBe(file)
    expect([second?.state, second?.table === first?.table, third?.table === first?.table]).toEqual(['zombie', true, false])
  })

  it('prints as columns', () => {
    const table = formatLsof([
      {
        task: 1,
        name: 'cat',
        parent: 0,
        processGroup: 1,
        state: 'running',
        table: 1,
        cwd: '/',
        handles: [
          {
            handle: 0,
            object: 12,
            kind: 'ht:pipe',
            role: 'IpcChannel',
            mode: 'ReadOnly',
            flags: ['CloseOnExec', 'NonBlocking'],
            holders: 2,
            references: 3,
            description: 'read end',
          },
          {
            handle: 10,
            object: 3,
            kind: 'ht:memory-file',
            role: 'LogOutput',
            mode: 'WriteOnly',
            flags: [],
            holders: 1,
            references: 1,
            description: '',
          },
        ],
      },
      { task: 12, name: 'gone', parent: 1, processGroup: 1, state: 'zombie', table: 2, cwd: undefined, handles: [] },
    ])
    expect(table.split('\n')).toEqual([
      'TASK  NAME  TABLE  HANDLE  OBJECT  KIND            MODE  ROLE        FLAGS             HOLDERS  REFS  DESCRIPTION',
      '   1  cat       1       0      12  ht:pipe         r     IpcChannel  cloexec,nonblock        2     3  read end',
      '   1  cat       1      10       3  ht:memory-file  w     LogOutput                           1     1',
      '  12  gone      2       -                                                                             has ended',
      '',
    ])
    expect(formatLsof([])).toMatch(/^TASK .*\n$/)
  })
})

const SIGUSR1 = 10
const times = { start: 0, duration: 0 }
const all = (words: string) => ({ bytes: utf8(words), length: words.length })

describe('the trace', () => {
  const tracing = (trace?: Trace) => {
    const lines: string[] = []
    const kernel = kernelWith({ trace: trace ?? ((event) => lines.push(formatTrace(event))) })
    return { lines, kernel, task: idleTask({ stdin: createSource('hello\n') }, kernel) }
  }

  it('is told of each call once, whichever form it is made in', async () => {
    const { lines, task } = tracing()
    const buffer = new Uint8Array(100)
    task.open('/f', O_CREAT | O_RDWR, 0o600)
    task.writeErrno(1, utf8('hello\n'))
    outcome(() => task.read(9, buffer))
    await task.readAsync(0, buffer)
    await outcomeOf(task.writeAsync(0, buffer.subarray(0, 2)))
    task.stat('/f')
    await outcomeOf(task.wait())
    expect(lines).toEqual([
      '[1] open("/f", O_RDWR|O_CREAT, 0600) = 1',
      '[1] write(1, "hello\\n", 6) = 6',
      '[1] read(9, "", 100) = -1 EBADF (bad file descriptor)',
      '[1] read(0, "hello\\n", 100) = 6',
      '[1] write(0, "he", 2) = -1 EBADF (bad file descriptor)',
      '[1] stat("/f", "", 112) = 0',
      '[1] wait() = -1 ECHILD (no child processes)',
    ])
  })

  it('is told of signals, exits, forks, and, when they end, of calls that waited', async () => {
    const { lines, task, kernel } = tracing()
    const [r, w] = task.pipe2()
    const child = acting(task).fork(
      async (self) => {
        self.close(r)
        await settle()
        self.write(w, utf8('x'))
      },
      { name: 'writer' },
    )
    task.close(r)
    await child.exited
    await task.wait(child)
    task.openat(AT_FDCWD, '/f', O_CREAT)
    acting(task).spawn(() => 0, { name: 'next', args: ['a'] })
    kernel.kill(task.id)
    expect(lines).toEqual([
      '[1] pipe2() = [1, 2]',
      '[1] fork("writer") = 2',
      '[1] close(1) = 0',
      '[2] close(1) = 0',
      '[2] --- SIGPIPE ---',
      '[2] +++ killed by SIGPIPE +++',
      '[2] write(2, "x", 1) = -1 EPIPE (broken pipe)',
      '[1] wait(2) = {task: 2, status: 141, signal: "PIPE"}',
      '[1] openat(AT_FDCWD, "/f", O_RDONLY|O_CREAT) = 1',
      '[1] spawn("next", ["a"]) = 3',
      '[1] --- SIGTERM ---',
      '[1] +++ killed by SIGTERM +++',
    ])
  })

  it('shows sockets’ numbers by name, and what they moved', async () => {
    const { lines, task } = tracing()
    const server = task.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)
    task.bind(server, 'server')
    task.listen(server, 5)
    task.connect(task.socket(AF_UNIX, SOCK_STREAM), 'server')
    await task.accept4Async(server, SOCK_CLOEXEC | SOCK_NONBLOCK)
    await task.sendAsync(2, utf8('hello\n'))
    task.recv(3, new Uint8Array(64), MSG_PEEK | MSG_DONTWAIT)
    task.recvfrom(3, new Uint8Array(64))
    await outcomeOf(task.recvfromAsync(3, new Uint8Array(64), 0))
    task.setsockopt(2, SOL_SOCKET, SO_KEEPALIVE, 1)
    task.getsockoptErrno(2, 99, 1)
    task.getpeername(2)
    task.shutdown(2, SHUT_WR)
    task.socketpairErrno(AF_INET, SOCK_DGRAM)
    const [a, b] = [task.socket(AF_UNIX, SOCK_DGRAM), task.socket(AF_UNIX, SOCK_DGRAM)]
    task.bind(a, 'a')
    task.bind(b, 'b')
    await task.sendtoAsync(b, utf8('hi'), MSG_NOSIGNAL, 'a')
    await task.recvfromAsync(a, new Uint8Array(64))
    task.setpgid(0, 0)
    expect(lines).toEqual([
      '[1] socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 1',
      '[1] bind(1, "server") = 0',
      '[1] listen(1, 5) = 0',
      '[1] socket(AF_UNIX, SOCK_STREAM) = 2',
      '[1] connect(2, "server") = 0',
      '[1] accept4(1, SOCK_CLOEXEC|SOCK_NONBLOCK) = 3',
      '[1] send(2, "hello\\n", 6) = 6',
      '[1] recv(3, "hello\\n", 64, MSG_PEEK|MSG_DONTWAIT) = 6',
      '[1] recvfrom(3, "hello\\n", 64, "") = 6',
      '[1] recvfrom(3, "", 64, 0, "") = -1 EAGAIN (resource temporarily unavailable)',
      '[1] setsockopt(2, SOL_SOCKET, SO_KEEPALIVE, 1) = 0',
      expect.stringMatching(/^\[1\] getsockopt\(2, 99, 1\) = -1 E/),
      '[1] getpeername(2) = "server"',
      '[1] shutdown(2, SHUT_WR) = 0',
      '[1] socketpair(AF_INET, SOCK_DGRAM) = -1 EAFNOSUPPORT (address family not supported)',
      '[1] socket(AF_UNIX, SOCK_DGRAM) = 4',
      '[1] socket(AF_UNIX, SOCK_DGRAM) = 5',
      '[1] bind(4, "a") = 0',
      '[1] bind(5, "b") = 0',
      '[1] sendto(5, "hi", 2, MSG_NOSIGNAL, "a") = 2',
      '[1] recvfrom(4, "hi", 64, "b") = 2',
      '[1] setpgid(0, 0) = 0',
    ])
  })

  it('shows the beginning of long bytes, flags by name, and vectors', () => {
    const show = (name: string, args: unknown[], result: unknown) => formatTrace({ ...times, task: 3, name, args, result })
    expect(show('write', [1, all('x'.repeat(50))], 50)).toBe(`[3] write(1, "${'x'.repeat(32)}"..., 50) = 50`)
    expect(show('writev', [1, [all('a'), all('b')]], 2)).toBe('[3] writev(1, ["a", 1, "b", 1]) = 2')
    expect(show('pipe2', [O_CLOEXEC | 0x40], [3, 4])).toBe('[3] pipe2(O_CREAT|O_CLOEXEC) = [3, 4]')
    expect(show('pipe2', [0], -24)).toBe('[3] pipe2(0) = -1 EMFILE (too many open handles)')
    expect(show('open', ['/f', 3 | (1 << 29)], -22)).toBe('[3] open("/f", 3|0x20000000) = -1 EINVAL (invalid argument)')
    expect(show('getcwd', [], '/')).toBe('[3] getcwd() = "/"')
    expect(show('read', [0, { bytes: new Uint8Array(2), length: 4 }], 2)).toBe('[3] read(0, "\\u0000\\u0000", 4) = 2')
    expect(show('setHandleRole', [1, { accessMode: 'ReadOnly' }], 0)).toBe('[3] setHandleRole(1, {accessMode: "ReadOnly"}) = 0')
    expect(show('connect', [3, '127.0.0.1:80'], 0)).toBe('[3] connect(3, "127.0.0.1:80") = 0')
    expect(show('getsockopt', [3, 6, 1], 1)).toBe('[3] getsockopt(3, IPPROTO_TCP, TCP_NODELAY) = 1')
    expect(show('fcntl', [3, 1030, 10], 10)).toBe('[3] fcntl(3, F_DUPFD_CLOEXEC, 10) = 10')
    expect(show('fcntl', [3, 2, 1], 0)).toBe('[3] fcntl(3, F_SETFD, FD_CLOEXEC) = 0')
    expect(show('fcntl', [3, 4, 0o4002], 0)).toBe('[3] fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0')
    expect(show('exit', [3], 0)).toBe('[3] +++ exited with 3 +++')
  })

  it('shows when a call began, how long it took, and that it is unfinished', () => {
    const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678) + 0.125
    const event = { task: 3, name: 'read', args: [0], result: 0, start, duration: 1.5 }
    expect(formatTrace(event)).toBe('[3] read(0) = 0')
    expect(formatTrace(event, { start: true })).toBe('[3] 03:04:05.678125 read(0) = 0')
    expect(formatTrace(event, { start: true, duration: true })).toBe('[3] 03:04:05.678125 read(0) = 0 <0.001500>')
    expect(formatTrace({ ...event, result: undefined, unfinished: true }, { duration: true })).toBe(
      '[3] read(0) = ? <unfinished ...> <0.001500>',
    )
    expect(formatTrace({ ...event, name: 'exit' }, { duration: true })).toBe('[3] +++ exited with 0 +++')
  })

  it('has when each call began and how long it took', async () => {
    const events: TraceEvent[] = []
    const { task } = tracing((event) => events.push(event))
    const before = Date.now()
    task.open('/f', O_CREAT)
    await outcomeOf(task.readAsync(task.pipe2()[0], new Uint8Array(1), { timeoutMs: 20 }))
    const [open, pipe, read] = events
    // Two clocks, and timers that come early.
    expect(open!.start).toBeGreaterThan(before - 1000)
    expect(pipe!.start).toBeGreaterThanOrEqual(open!.start + open!.duration)
    expect(read!.duration).toBeGreaterThan(10)
  })

  it('has the bytes that were moved, whatever becomes of the buffer', async () => {
    const events: TraceEvent[] = []
    const { task } = tracing((event) => events.push(event))
    const [r, w] = task.pipe2()
    const reading = new Uint8Array(4)
    const read = task.readAsync(r, reading)
    task.write(w, utf8('abcd'))
    // Before the promise has settled, or right after.
    void Promise.resolve().then(() => reading.fill(0))
    await read
    const bytes = utf8('early')
    task.writeErrno(w, bytes)
    bytes.fill(0)
    task.fcntl(w, 1031, 4096)
    const long = new Uint8Array(6000).fill(1)
    const write = task.writeAsync(w, long)
    await settle()
    // What has not gone in yet goes in as it is by then.
    long.fill(2)
    for (let left = 6005; left > 0;) left -= await task.readAsync(r, new Uint8Array(4096))
    await write
    const of = (name: string) => events.filter((event) => event.name === name).map(({ args }) => (args[1] as TracedBytes).bytes)
    expect(text(of('read')[0]!)).toBe('abcd')
    expect([text(of('write')[0]!), text(of('write')[1]!)]).toEqual(['abcd', 'early'])
    const sent = of('write')[2]!
    const first = sent.indexOf(2)
    expect([
      sent.length,
      first > 0,
      sent.subarray(0, first).every((it) => it === 1),
      sent.subarray(first).every((it) => it === 2),
    ]).toEqual([6000, true, true, true])
    expect(Buffer.concat(of('read').slice(1))).toEqual(Buffer.concat([utf8('early'), sent]))
  })

  it('has no more bytes than it is to have, and says how many there were', () => {
    const events: TraceEvent[] = []
    const kernel = kernelWith({ trace: (event) => events.push(event), traceBytes: 3 })
    const task = idleTask({}, kernel)
    const file = task.open('/f', O_CREAT | O_RDWR)
    task.writev(file, [utf8('ab'), utf8('cd')])
    task.pread(file, new Uint8Array(9), 0)
    expect(events.slice(1).map(({ args, result }) => [args[1], result])).toEqual([
      [
        [
          { bytes: utf8('ab'), length: 2 },
          { bytes: utf8('c'), length: 2 },
        ],
        4,
      ],
      [{ bytes: utf8('abc'), length: 9 }, 4],
    ])
    for (const traceBytes of [-1, 0.5, 'x']) expect(() => kernelWith({ traceBytes } as never)).toThrow('options.traceBytes')
  })

  it('is told of what makes a child or executes a program also when that fails', async () => {
    const { lines, task } = tracing()
    const nothing = () => 0
    outcome(() => task.spawn(nothing, { stdin: 99 }))
    outcome(() => task.fork(nothing, { args: [1] as never }))
    outcome(() => task.clone(null as never))
    await outcomeOf(task.exec(nothing, { worker: true }))
    task.tryWait(task.spawn(nothing, { name: 'child' }))
    task.onSignal('INT', () => undefined)
    expect(lines).toEqual([
      '[1] spawn("nothing") = -1 EBADF (bad file descriptor)',
      '[1] fork("nothing", [1]) = -1 EINVAL (invalid argument)',
      '[1] clone() = -1 EINVAL (invalid argument)',
      '[1] exec("nothing") = -1 EINVAL (invalid argument)',
      '[1] spawn("child", []) = 2',
      '[1] tryWait(2) = undefined',
      '[1] onSignal("INT", "function") = "default"',
    ])
  })

  it('that throws fails nobody’s call, and is heard of', async () => {
    const later: (() => void)[] = []
    const original = globalThis.queueMicrotask
    const error = new Error('in the trace')
    const { task } = tracing(() => {
      throw error
    })
    globalThis.queueMicrotask = (callback) => later.push(callback)
    try {
      expect(task.openErrno('/f', O_CREAT)).toBe(1)
    } finally {
      globalThis.queueMicrotask = original
    }
    expect(later).toHaveLength(1)
    expect(later[0]).toThrow(error)
    globalThis.queueMicrotask = () => {}
    task.kernel.close()
    globalThis.queueMicrotask = original
  })

  it('that throws at every event changes no result, child, end or handle', async () => {
    const original = globalThis.queueMicrotask
    const thrown = new Error('in the trace')
    let told = 0
    let heard = 0
    globalThis.queueMicrotask = (callback) => {
      original(() => {
        try {
          callback()
        } catch (error) {
          if (error !== thrown) throw error
          heard++
        }
      })
    }
    const outcomes = async (trace: Trace) => {
      const { kernel, task } = tracing(trace)
      const seen: unknown[] = []
      const see = (value: unknown) => void seen.push(value)
      task.onSignal(SIGUSR1, () => see('USR1'))
      see(task.pipe2())
      see(task.open('/f', O_CREAT | O_RDWR))
      see(task.dup2(3, 9))
      see(task.writev(3, [utf8('a'), utf8('b')]))
      see(outcome(() => task.close(77)))
      see(await task.readAsync(0, new Uint8Array(4)))
      see(await outcomeOf(task.readAsync(1, new Uint8Array(1), { timeoutMs: 1 })))
      const child = task.spawn(async (it) => it.exec(() => 4), { handles: { 5: 9 } })
      see((await task.wait(child)).status)
      see((await task.wait(task.fork((it) => (it.close(9), 5)))).status)
      see(await outcomeOf(task.wait()))
      task.kill(task.id, SIGUSR1)
      const { handles } = kernel.lsof()[0]!
      see(handles.map(({ handle, kind }) => [handle, kind]))
      kernel.close()
      see((await task.exited).signal)
      see(kernel.tasks())
      await new Promise((resolve) => setImmediate(resolve))
      return seen
    }
    try {
      const expected = await outcomes(() => undefined)
      const got = await outcomes(() => {
        told++
        throw thrown
      })
      expect(got).toEqual(expected)
      expect(got).toContain('USR1')
    } finally {
      globalThis.queueMicrotask = original
    }
    expect([told > 15, heard]).toEqual([true, told])
  })

  it('may make calls itself', () => {
    const events: TraceEvent[] = []
    const { task } = tracing((event) => {
      events.push(event)
      if (event.name === 'open') task.closeErrno(event.result as number)
    })
    expect(task.openErrno('/f', O_CREAT)).toBe(1)
    expect(events.map(({ name }) => name)).toEqual(['open', 'close'])
    expect(task.table.isValidHandle(1)).toBe(false)
  })

  it('is no part of a task that has none', () => {
    const plain = idleTask({}, kernelWith({}, createMemoryTree()))
    const { task } = tracing()
    expect(plain.readErrno).not.toBe(task.readErrno)
    expect(Object.getPrototypeOf(Object.getPrototypeOf(task))).toBe(Object.getPrototypeOf(plain))
  })
})
