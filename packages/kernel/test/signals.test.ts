import { describe, expect, it } from 'vitest'
import { O_NONBLOCK } from '@ht/core'
import { acting, idleTask, kernelWith, outcome, outcomeOf, pipeEnds, settle, untilEnd, utf8 } from './support/kernel.js'
import type { Signal } from '../src/index.js'

describe('kill', () => {
  it('ends a task with the signal, and closes its table at once', () => {
    const kernel = kernelWith()
    for (const [signal, reported, status] of [
      ['INT', 'INT', 130],
      ['TERM', 'TERM', 143],
      [9, 'KILL', 137],
      ['PIPE', 'PIPE', 141],
      [64, 64, 192],
      [1, 1, 129],
    ] as const) {
      const { reader, counts } = pipeEnds()
      const task = idleTask({ stdin: reader }, kernel)
      kernel.kill(task.id, signal)
      expect([task.ended, counts()[0], task.signal.aborted]).toEqual([
        { task: task.id, status, signal: reported, error: undefined },
        0,
        true,
      ])
    }
  })

  it('a program that never looks holds nothing', async () => {
    const kernel = kernelWith()
    const { reader, counts } = pipeEnds()
    const task = kernel.spawn(() => new Promise<number>(() => undefined), { stdin: reader })
    await settle()
    kernel.kill(task.id)
    expect((await task.exited).signal).toBe('TERM')
    expect([counts()[0], kernel.lsof()]).toEqual([0, []])
  })

  it('0 asks whether there is such a task; none is ESRCH', () => {
    const task = idleTask()
    expect([task.killErrno(task.id, 0), task.killErrno(999, 0), task.killErrno(-999, 'TERM')]).toEqual([0, -3, -3])
    expect(outcome(() => task.kernel.kill(999))).toBe('ESRCH')
    expect(task.ended).toBeUndefined()
  })

  it('what is no signal: EINVAL', () => {
    const task = idleTask()
    for (const signal of ['HUP', 65, -1, 1.5, NaN, null, undefined, {}]) {
      expect([signal, task.killErrno(task.id, signal as Signal)]).toEqual([signal, -22])
    }
    expect(outcome(() => task.kernel.kill('x' as never))).toBe('EINVAL')
    expect(task.ended).toBeUndefined()
  })

  it('a task can end itself, and its handlers may call anything', () => {
    const task = idleTask()
    task.signal.addEventListener('abort', () => {
      expect(task.readErrno(0, new Uint8Array(1))).toBe(-3)
      task.kernel.kill(task.kernel.spawn(untilEnd).id)
    })
    expect(() => task.kill(task.id, 'TERM')).not.toThrow()
    expect(task.kernel.tasks()).toEqual([])
  })
})

describe('onSignal', () => {
  it('a function is called instead, and calls that wait go on', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    const seen: unknown[] = []
    expect(task.onSignal('INT', (signal, self) => seen.push(signal, self))).toBe('default')
    const waiting = task.readAsync(r, new Uint8Array(4))
    task.kernel.kill(task.id, 2)
    expect([seen, task.ended]).toEqual([['INT', task], undefined])
    task.write(w, utf8('abc'))
    expect(await waiting).toBe(3)
  })

  it('gives what was there before, and `default` is the default again', () => {
    const task = idleTask()
    task.onSignal(10, 'ignore')
    task.kernel.kill(task.id, 10)
    expect(task.onSignal(10, 'default')).toBe('ignore')
    task.kernel.kill(task.id, 10)
    expect(task.ended?.signal).toBe(10)
  })

  it('KILL cannot be caught or ignored; what is no action is refused', () => {
    const task = idleTask()
    for (const [signal, action] of [
      ['KILL', 'ignore'],
      [9, () => {}],
      ['INT', 'no'],
      ['INT', undefined],
      ['HUP', 'ignore'],
    ]) {
      expect(outcome(() => task.onSignal(signal as Signal, action as never))).toBe('EINVAL')
    }
    task.kernel.kill(task.id, 'KILL')
    expect(task.ended?.signal).toBe('KILL')
  })

  it('a function that throws ends the task as a program that throws does', () => {
    const task = idleTask()
    const error = new Error('broken')
    task.onSignal('TERM', () => {
      throw error
    })
    task.kernel.kill(task.id)
    expect(task.ended).toMatchObject({ status: 1, signal: undefined, error })
  })

  it('a fork has its parent’s actions; exec and spawn keep what is ignored alone', async () => {
    const task = idleTask()
    let caught = 0
    task.onSignal('INT', () => {
      caught++
    })
    task.onSignal('TERM', 'ignore')
    const [fork, spawned] = [acting(task).fork(untilEnd), acting(task).spawn(untilEnd)]
    const executed = acting(task).fork(async (self) => self.exec(untilEnd))
    await settle()
    for (const child of [fork, spawned, executed]) {
      task.kill(child.id, 'TERM')
      task.kill(child.id, 'INT')
    }
    expect([caught, fork.ended, spawned.ended?.signal, executed.ended?.signal]).toEqual([1, undefined, 'INT', 'INT'])
  })
})

describe('SIGPIPE', () => {
  it('ends who writes into a broken pipe', async () => {
    const kernel = kernelWith()
    const { reader, writer } = pipeEnds()
    const task = kernel.spawn(
      async (self) => {
        for (;;) await self.writeAsync(1, new Uint8Array(50_000))
      },
      { stdout: writer },
    )
    await settle()
    reader.release()
    expect(await task.exited).toMatchObject({ status: 141, signal: 'PIPE' })
  })

  it('ignored, the write is EPIPE', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    task.close(r)
    task.onSignal('PIPE', 'ignore')
    expect([task.writeErrno(w, utf8('x')), task.writevErrno(w, [utf8('x')])]).toEqual([-32, -32])
    expect(await outcomeOf(task.writeAsync(w, utf8('x')))).toBe('EPIPE')
    expect(await outcomeOf(task.writevAsync(w, [utf8('x')]))).toBe('EPIPE')
    expect([task.writeErrno(w, utf8('')), task.ended]).toEqual([0, undefined])
  })

  it('is raised also when part of a write went in, which gives that part', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2()
    let raised = 0
    task.onSignal('PIPE', () => {
      raised++
    })
    const write = task.writeAsync(w, new Uint8Array(100_000))
    await settle()
    task.close(r)
    expect([await write, raised]).toEqual([65_536, 1])
    expect([await outcomeOf(task.writeAsync(w, utf8('x'))), raised]).toEqual(['EPIPE', 2])
  })

  it('each form of a write raises it once', async () => {
    const task = idleTask()
    const [r, w] = task.pipe2(O_NONBLOCK)
    task.close(r)
    let raised = 0
    task.onSignal('PIPE', () => {
      raised++
    })
    task.writeErrno(w, utf8('x'))
    outcome(() => task.write(w, utf8('x')))
    task.writevErrno(w, [utf8('x')])
    await outcomeOf(task.writeAsync(w, utf8('x')))
    expect(raised).toBe(4)
  })
})
