import { describe, expect, it } from 'vitest'
import { defineKind, O_CLOEXEC, O_CREAT, O_RDWR, openObjectOf } from '@ht/core'
import { createKernel, F_GETFD, F_SETFD, FD_CLOEXEC, type Program, type Task } from '../src/index.js'
import { createSource } from '../src/stdio/index.js'
import { acting, idleTask, kernelWith, outcome, outcomeOf, pipeEnds, settle, text, untilEnd, utf8 } from './support/kernel.js'

const nothing: Program = async () => {}
const file = O_CREAT | O_RDWR

describe('a program', () => {
  it('starts when the current work is done, and what it gives is the status, of which eight bits count', async () => {
    const kernel = kernelWith()
    let started = false
    const task = kernel.spawn(async () => {
      started = true
      return 0x1_03
    })
    expect(started).toBe(false)
    expect(await task.exited).toEqual({ task: task.id, status: 3, signal: undefined, error: undefined })
    expect((await kernel.spawn(nothing).exited).status).toBe(0)
    expect((await kernel.spawn(() => -1).exited).status).toBe(255)
  })

  it('that throws ends its task with 1, and says what it threw', async () => {
    const kernel = kernelWith()
    const error = new Error('broken')
    for (const program of [
      () => Promise.reject(error),
      () => {
        throw error
      },
    ] as Program[]) {
      expect(await kernel.spawn(program).exited).toMatchObject({ status: 1, error })
    }
  })

  it('that gives no integer ends its task with 1', async () => {
    const exit = await kernelWith().spawn((async () => 'done') as never).exited
    expect(exit).toMatchObject({ status: 1, error: { code: 'EINVAL' } })
  })

  it('of a task that was killed before it started does not start', async () => {
    const kernel = kernelWith()
    let started = false
    const task = kernel.spawn(async () => {
      started = true
    })
    kernel.kill(task.id)
    await settle()
    expect(started).toBe(false)
  })

  it('sees args, env and name', async () => {
    const kernel = kernelWith()
    const seen: unknown[] = []
    const program: Program = async (task) => {
      seen.push(task.name, task.args, task.env)
    }
    await kernel.spawn(program, { args: ['a', 'b'], env: { K: 'v' } }).exited
    await kernel.spawn(program, { name: 'other' }).exited
    expect(seen).toEqual(['program', ['a', 'b'], { K: 'v' }, 'other', [], {}])
  })
})

describe('spawn', () => {
  it('by the host: nothing is open but what is given, and it is gone when it ends', async () => {
    const kernel = kernelWith()
    const task = kernel.spawn(untilEnd, { stdin: createSource('in') })
    expect([task.parent, task.table.activeHandles(), task.getcwd()]).toEqual([0, [0], '/'])
    kernel.kill(task.id)
    expect([kernel.tasks(), kernel.task(task.id)]).toEqual([[], undefined])
  })

  it('a child has its parent’s handles but those that are close-on-exec, its env and its directory', () => {
    const task = idleTask({ env: { A: '1' } })
    task.open('/f', file)
    task.open('/f', file | O_CLOEXEC)
    task.open('/f', file)
    task.mkdir('/d')
    task.chdir('/d')
    const child = acting(task).spawn(nothing)
    expect([child.table.activeHandles(), child.env, child.getcwd(), child.parent]).toEqual([[0, 2], { A: '1' }, '/d', task.id])
    expect(child.queryHandle(2).id).toBe(task.queryHandle(2).id)
  })

  it('handles can change places, keep their narrowed mode, and lose close-on-exec', () => {
    const task = idleTask()
    const [r, w] = task.pipe2(O_CLOEXEC)
    const other = task.open('/f', file)
    task.setHandleRole(other, { accessMode: 'ReadOnly', handleType: 'ConfigFile' })
    const ids = [r, w, other].map((handle) => task.queryHandle(handle).id)
    const child = acting(task).spawn(nothing, { stdin: w, stdout: r, handles: { 7: other, 2: null } })
    expect(child.table.activeHandles()).toEqual([0, 1, 7])
    expect([1, 0, 7].map((handle) => child.queryHandle(handle).id)).toEqual(ids)
    expect(child.queryHandle(7)).toMatchObject({ accessMode: 1, handleType: 'ConfigFile' })
    expect(child.fcntl(0, F_GETFD)).toBe(0)
  })

  it('cwd and limit', () => {
    const task = idleTask()
    task.mkdir('/d')
    const child = acting(task).spawn(nothing, { cwd: 'd', limit: 3 })
    expect([child.getcwd(), child.getHandleLimit(), task.getHandleLimit()]).toEqual(['/d', 3, 1024])
    expect(task.kernel.spawn(nothing, { cwd: 'd', limit: 2000 }).getHandleLimit()).toBe(2000)
    const none = task.kernel.spawn(nothing, { stdin: createSource('text'), limit: 0 })
    expect([none.readErrno(0, new Uint8Array(9)), none.dupErrno(0)]).toEqual([4, -24])
  })

  it('that fails leaves no child, and lets go of what it was given', () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    task.pipe2()
    const before = kernel.lsof()
    const { reader, writer, counts } = pipeEnds()
    expect(outcome(() => acting(task).spawn(nothing, { stdin: reader, stdout: 99 }))).toBe('EBADF')
    expect(outcome(() => acting(task).spawn(nothing, { stdin: writer, cwd: '/nowhere' }))).toBe('ENOENT')
    expect(counts()).toEqual([0, 0])
    expect(() => acting(task).spawn(nothing, { cwd: '/nowhere' })).toThrow(
      'ENOENT: options.cwd "/nowhere" cannot be opened, spawn',
    )
    const wrong: [unknown, unknown][] = [
      [undefined, {}],
      [nothing, null],
      [nothing, { args: 'x' }],
      [nothing, { args: [1] }],
      [nothing, { env: { A: 1 } }],
      [nothing, { env: 7 }],
      [nothing, { name: 3 }],
      [nothing, { name: 'a\0b' }],
      [nothing, { cwd: 7 }],
      [nothing, { limit: -1 }],
      [nothing, { limit: 5000 }],
      [nothing, { stdin: 1.5 }],
      [nothing, { stdin: {} }],
      [nothing, { stdout: 'text' }],
      [nothing, { stderr: () => 0 }],
      [nothing, { handles: { x: 0 } }],
      [nothing, { handles: { 3: 'text' } }],
      [nothing, { handles: { 5000: 0 } }],
    ]
    for (const [program, options] of wrong) {
      expect([options, outcome(() => acting(task).spawn(program as Program, options as never))]).toEqual([
        options,
        expect.stringMatching(/EINVAL|EBADF/),
      ])
    }
    expect(outcome(() => kernel.spawn(nothing, { stdin: 0 }))).toBe('EBADF')
    expect(kernel.lsof()).toEqual(before)
  })
})

describe('fork', () => {
  it('copies the table, close-on-exec handles included; open objects are shared', () => {
    const task = idleTask()
    const handle = task.open('/f', file | O_CLOEXEC)
    const child = acting(task).fork(nothing)
    expect([child.queryHandle(handle).id, child.queryHandle(handle).holders]).toEqual([task.queryHandle(handle).id, 2])
    task.write(handle, utf8('abc'))
    expect(child.lseek(handle, 0, 1)).toBe(3)
    child.close(handle)
    expect(task.queryHandle(handle).holders).toBe(1)
  })

  it('a hook that throws leaves no child', () => {
    let refuse = false
    const kind = defineKind({
      name: 'test-refusing',
      cloneForDup: () => {
        if (refuse) throw new Error('no')
      },
    })
    const kernel = createKernel({ kinds: [kind] as never })
    const object = kind.open(undefined)
    const open = openObjectOf(object)
    const task = kernel.spawn(untilEnd, { handles: { 0: object } })
    refuse = true
    const before = kernel.lsof()
    for (const call of [() => acting(task).fork(nothing), () => acting(task).spawn(nothing), () => acting(task).clone(nothing)]) {
      expect(call).toThrow(/^EIO: /)
    }
    expect([kernel.lsof(), open.holders, open.references]).toEqual([before, 1, 1])
    kernel.close()
    expect(open.references).toBe(0)
  })
})

describe('clone with files', () => {
  it('shares the table until one unshares it', () => {
    const task = idleTask()
    const child = acting(task).clone(nothing, { files: true })
    const handle = task.open('/f', file)
    expect(child.table.activeHandles()).toEqual([handle])
    child.unshare()
    child.close(handle)
    expect(task.table.activeHandles()).toEqual([handle])
    const own = child.table
    child.unshare()
    expect(child.table).toBe(own)
    expect(acting(task).clone(nothing).table.isSoleOwner()).toBe(true)
  })

  it('the last owner closes everything', async () => {
    const kernel = kernelWith()
    const { reader, writer, counts } = pipeEnds()
    const task = idleTask({ handles: { 0: reader, 1: writer } }, kernel)
    const child = acting(task).clone(untilEnd, { files: true })
    kernel.kill(task.id)
    await settle()
    expect([counts(), child.table.openCount()]).toEqual([[1, 1], 2])
    kernel.kill(child.id)
    expect(counts()).toEqual([0, 0])
  })
})

describe('exec', () => {
  it('closes what is close-on-exec, in a table of its own, and nothing runs after it', async () => {
    const kernel = kernelWith()
    const trail: unknown[] = []
    let twin: Task | undefined
    const task = kernel.spawn(
      async (self) => {
        self.open('/f', file | O_CLOEXEC)
        self.open('/f', file)
        twin = acting(self).clone(untilEnd, { files: true })
        await self.exec(
          async function second(again) {
            trail.push(again.name, again.args, again.env, again.table.activeHandles())
            return 7
          },
          { args: ['x'] },
        )
        trail.push('never')
      },
      { env: { A: '1' } },
    )
    expect(await task.exited).toMatchObject({ status: 7 })
    expect(trail).toEqual(['second', ['x'], { A: '1' }, [1]])
    expect(twin?.table.activeHandles()).toEqual([0, 1])
  })

  it('that fails changes nothing', async () => {
    const task = idleTask()
    task.open('/f', file | O_CLOEXEC)
    const before = task.kernel.lsof()
    expect(await outcomeOf(task.exec(undefined as never))).toBe('EINVAL')
    expect(await outcomeOf(task.exec(nothing, { args: [1] as never }))).toBe('EINVAL')
    expect(task.kernel.lsof()).toEqual(before)
  })

  it('whose table cannot be copied changes nothing', async () => {
    let refuse = false
    const kind = defineKind({
      name: 'test-refusing',
      cloneForDup: () => {
        if (refuse) throw new Error('no')
      },
    })
    const kernel = createKernel({ kinds: [kind] as never })
    const task = kernel.spawn(untilEnd, { handles: { 0: kind.open(undefined) } })
    acting(task).clone(untilEnd, { files: true })
    task.fcntl(0, F_SETFD, FD_CLOEXEC)
    const before = kernel.lsof()
    refuse = true
    await expect(task.exec(nothing)).rejects.toMatchObject({ code: 'EIO', syscall: 'exec', cause: { message: 'no' } })
    expect(kernel.lsof()).toEqual(before)
    kernel.close()
  })

  it('what the old program gives afterwards is nobody’s', async () => {
    const kernel = kernelWith()
    const task = kernel.spawn(async (self) => {
      void self.exec(async () => {
        await settle()
        return 5
      })
      return 1
    })
    expect((await task.exited).status).toBe(5)
  })
})

describe('exit', () => {
  it('ends the task at once, with all its handles, and throws', async () => {
    const kernel = kernelWith()
    const { reader, counts } = pipeEnds()
    const task = kernel.spawn(
      async (self) => {
        try {
          self.exit(0x1_04)
        } catch {
          // Nobody should.
        }
        return 9
      },
      { stdin: reader },
    )
    expect(await task.exited).toMatchObject({ status: 4, signal: undefined })
    expect(counts()[0]).toBe(0)
    expect(outcome(() => task.exit(1))).toBe('ESRCH')
    expect(task.ended?.status).toBe(4)
  })

  it('with what is no status: EINVAL, and the task goes on', () => {
    const task = idleTask()
    for (const status of [NaN, 1.5, '1', null]) expect(outcome(() => task.exit(status as number))).toBe('EINVAL')
    expect(task.ended).toBeUndefined()
  })

  it('errors of closing are nobody’s', async () => {
    const kind = defineKind({
      name: 'test-throwing',
      release: () => {
        throw new Error('no')
      },
    })
    const kernel = createKernel({ kinds: [kind] as never })
    const task = kernel.spawn(async () => 3, { handles: { 0: kind.open(undefined) } })
    expect(await task.exited).toMatchObject({ status: 3, error: undefined })
  })

  it('then every call fails with ESRCH', async () => {
    const task = idleTask()
    const [r] = task.pipe2()
    task.kernel.kill(task.id, 'KILL')
    expect(() => task.read(r, new Uint8Array(1))).toThrow(
      `ESRCH: the task has ended by signal KILL, read (handle 0, task ${String(task.id)})`,
    )
    const calls = [
      () => task.readErrno(r, new Uint8Array(1)),
      () => task.writeErrno(r, new Uint8Array(1)),
      () => task.openErrno('/f'),
      () => task.openatErrno(r, 'f'),
      () => task.closeErrno(r),
      () => task.pipe2Errno(),
      () => task.dupErrno(r),
      () => task.getcwdErrno(),
      () => task.chdirErrno('/'),
      () => task.mkdirErrno('/d'),
      () => task.renameErrno('/a', '/b'),
      () => task.readdirErrno('/'),
      () => task.killErrno(task.id, 9),
      () => task.unshareErrno(),
      () => task.getHandleLimitErrno(),
      () => task.umaskErrno(0),
      () => task.setpgidErrno(0, 0),
      () => task.socketErrno(1, 1),
      () => task.socketpairErrno(1, 1),
      () => task.bindErrno(r, 'name'),
      () => task.accept4Errno(r),
      () => task.sendErrno(r, new Uint8Array(1)),
      () => task.recvfromErrno(r, new Uint8Array(1)),
    ]
    expect(calls.map((call) => call())).toEqual(calls.map(() => -3))
    for (const call of [
      () => acting(task).spawn(nothing),
      () => acting(task).fork(nothing),
      () => acting(task).clone(nothing, { files: true }),
      () => task.tryWait(),
    ]) {
      expect(outcome(call)).toBe('ESRCH')
    }
    expect(await outcomeOf(task.exec(nothing))).toBe('ESRCH')
    expect(await outcomeOf(task.readAsync(r, new Uint8Array(1)))).toBe('ESRCH')
    expect(await outcomeOf(task.wait())).toBe('ESRCH')
    expect(await outcomeOf(task.accept4Async(r))).toBe('ESRCH')
    expect(await outcomeOf(task.recvfromAsync(r, new Uint8Array(1)))).toBe('ESRCH')
  })
})

describe('wait', () => {
  it('reaps any child, or one', async () => {
    const task = idleTask()
    const [a, b] = [acting(task).fork(() => 1), acting(task).fork(() => 2)]
    expect(await task.wait(b)).toMatchObject({ task: b.id, status: 2 })
    expect(await task.wait()).toMatchObject({ task: a.id, status: 1 })
    expect(await outcomeOf(task.wait())).toBe('ECHILD')
  })

  it('waits until one has ended', async () => {
    const task = idleTask()
    const child = acting(task).fork(untilEnd)
    const waiting = task.wait(child.id)
    await settle()
    task.kill(child.id, 'INT')
    expect(await waiting).toEqual({ task: child.id, status: 130, signal: 'INT', error: undefined })
  })

  it('a child that has ended is there until it was waited for', async () => {
    const task = idleTask()
    const child = acting(task).fork(() => 5)
    expect(task.tryWait()).toBeUndefined()
    await child.exited
    expect(task.kernel.task(child.id)).toBe(child)
    expect(task.kernel.lsof().at(-1)).toMatchObject({ task: child.id, state: 'zombie', handles: [] })
    task.kill(child.id, 9)
    expect(task.tryWait(child)).toMatchObject({ status: 5 })
    expect(task.kernel.task(child.id)).toBeUndefined()
    expect(outcome(() => task.tryWait(child))).toBe('ECHILD')
  })

  it('a task that is no child: ECHILD', async () => {
    const task = idleTask()
    const child = acting(task).fork(untilEnd)
    const grandchild = acting(child).fork(nothing)
    await grandchild.exited
    expect(await outcomeOf(task.wait(grandchild))).toBe('ECHILD')
    expect(await outcomeOf(task.wait(task))).toBe('ECHILD')
  })

  it('children of a task that ended are the kernel’s, which reaps them', async () => {
    const task = idleTask()
    const ended = acting(task).fork(nothing)
    const running = acting(task).fork(untilEnd)
    await ended.exited
    task.kernel.kill(task.id)
    expect(task.kernel.tasks()).toEqual([running])
    expect(running.parent).toBe(0)
    task.kernel.kill(running.id)
    expect(task.kernel.tasks()).toEqual([])
  })

  it('ends at its timeout and at its signal', async () => {
    const task = idleTask()
    const child = acting(task).fork(untilEnd)
    expect(await outcomeOf(task.wait(child, { timeoutMs: 1 }))).toBe('ETIMEDOUT')
    await expect(task.wait(child, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    await expect(task.wait('x' as never)).rejects.toMatchObject({ code: 'EINVAL' })
  })
})

describe('a pipeline', () => {
  it('ends when its first part has closed the pipe', async () => {
    const kernel = kernelWith()
    const upper: Program = async (task) => {
      const buffer = new Uint8Array(16)
      for (let n; (n = await task.readAsync(0, buffer)) > 0;) {
        await task.writeAsync(1, utf8(text(buffer.slice(0, n)).toUpperCase()))
      }
    }
    const shell: Program = async (task) => {
      const [r, w] = task.pipe2(O_CLOEXEC)
      acting(task).spawn(upper, { stdout: w })
      acting(task).spawn(upper, { stdin: r })
      task.close(r)
      task.close(w)
      await task.wait()
      await task.wait()
    }
    const long = 'hello, world\n'.repeat(20_000)
    const result = await kernel.run(shell, { input: long })
    expect(result.text).toBe(long.toUpperCase())
    expect(kernel.lsof()).toEqual([])
  })
})

describe('closing a kernel', () => {
  it('kills all tasks, gives the root back, and nothing can be started', async () => {
    const kernel = kernelWith()
    const { reader, writer, counts } = pipeEnds()
    const task = idleTask({ stdin: reader }, kernel)
    const child = acting(task).spawn(untilEnd, { stdout: writer })
    kernel.close()
    kernel.close()
    expect([counts(), task.ended?.signal, child.ended?.signal, kernel.tasks()]).toEqual([[0, 0], 'KILL', 'KILL', []])
    expect(outcome(() => kernel.spawn(nothing))).toBe('ECANCELED')
    expect(await outcomeOf(kernel.run(nothing))).toBe('ECANCELED')
  })

  it('works with `using`', () => {
    const dispose = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('Symbol.dispose')
    const kernel = createKernel()
    const end = (kernel as unknown as Record<symbol, () => void>)[dispose]
    end?.call(kernel)
    expect(outcome(() => kernel.spawn(nothing))).toBe('ECANCELED')
  })
})
