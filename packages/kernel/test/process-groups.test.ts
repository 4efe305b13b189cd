import { describe, expect, it } from 'vitest'
import { acting, idleTask, kernelWith, outcome, pipeEnds, settle, untilEnd } from './support/kernel.js'
import type { Program, Task } from '../src/index.js'

const EPERM = -1
const ESRCH = -3
const EACCES = -13
const EINVAL = -22

/** Which of the tasks have ended. */
const ended = (...tasks: readonly Task[]) => tasks.map((task) => task.ended !== undefined)

describe('a process group', () => {
  it('is its own of a task that the host starts, and its parent’s of every other', () => {
    const task = idleTask()
    const [child, fork, clone] = [
      acting(task).spawn(untilEnd),
      acting(task).fork(untilEnd),
      acting(task).clone(untilEnd, { files: true }),
    ]
    const grandchild = acting(child).fork(untilEnd)
    expect([task, child, fork, clone, grandchild].map((it) => it.processGroup)).toEqual(Array(5).fill(task.id))
    expect(idleTask({}, task.kernel).processGroup).not.toBe(task.id)
  })

  it('is a new one with `processGroup: 0`, and that of another task with its number', () => {
    const task = idleTask()
    const leader = acting(task).spawn(untilEnd, { processGroup: 0 })
    const members = [
      acting(task).spawn(untilEnd, { processGroup: leader.id }),
      acting(task).fork(untilEnd, { processGroup: leader.id }),
      acting(task).clone(untilEnd, { files: true, processGroup: leader.id }),
      task.kernel.spawn(untilEnd, { processGroup: leader.id }),
      acting(leader).fork(untilEnd),
    ]
    expect([leader, ...members].map((it) => it.processGroup)).toEqual(Array(6).fill(leader.id))
    expect(
      [acting(task).fork(untilEnd, { processGroup: 0 }), acting(task).clone(untilEnd, { processGroup: 0 })].map(
        (it) => it.processGroup === it.id,
      ),
    ).toEqual([true, true])
  })

  it('that is none: EINVAL or EPERM, no child, and what it was given is let go', () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const before = kernel.lsof()
    for (const processGroup of [-1, 0.5, NaN, '1', null, {}]) {
      const { reader, counts } = pipeEnds()
      expect(() => acting(task).spawn(untilEnd, { stdin: reader, processGroup: processGroup as never })).toThrow(
        'EINVAL: options.processGroup must be',
      )
      expect(outcome(() => acting(task).fork(untilEnd, { processGroup: processGroup as never }))).toBe('EINVAL')
      expect(counts()[0]).toBe(0)
    }
    expect(() => acting(task).spawn(untilEnd, { processGroup: 99 })).toThrow(
      'EPERM: options.processGroup: there is no group 99, spawn',
    )
    expect(outcome(() => acting(task).clone(untilEnd, { files: true, processGroup: 99 }))).toBe('EPERM')
    expect(outcome(() => kernel.spawn(untilEnd, { processGroup: 99 }))).toBe('EPERM')
    expect(kernel.lsof()).toEqual(before)
  })

  it('is kept by exec, and told by lsof', async () => {
    const kernel = kernelWith()
    const task = idleTask({}, kernel)
    const child = acting(task).fork((self) => self.exec(untilEnd), { processGroup: 0 })
    await settle()
    expect([child.name, child.processGroup]).toEqual(['untilEnd', child.id])
    expect(kernel.lsof().map(({ processGroup }) => processGroup)).toEqual([task.id, child.id])
  })

  it('stays when the task that led it was reaped, while there are members', () => {
    const task = idleTask()
    const leader = acting(task).fork(untilEnd, { processGroup: 0 })
    const member = acting(leader).fork(untilEnd)
    task.kill(leader.id, 'KILL')
    task.tryWait(leader)
    const late = acting(task).spawn(untilEnd, { processGroup: leader.id })
    expect([task.killErrno(-leader.id, 0), late.processGroup]).toEqual([0, leader.id])
    task.kill(-leader.id, 'KILL')
    task.tryWait(late)
    expect([ended(member, late), task.killErrno(-leader.id, 0)]).toEqual([[true, true], ESRCH])
    expect(outcome(() => acting(task).spawn(untilEnd, { processGroup: leader.id }))).toBe('EPERM')
  })
})

describe('setpgid', () => {
  it('moves the caller or a child it forked; 0s mean the caller, and a group of its own', () => {
    const task = idleTask()
    const [a, b] = [acting(task).fork(untilEnd), acting(task).fork(untilEnd)]
    task.setpgid(a.id, 0)
    task.setpgid(b.id, a.id)
    expect([a.processGroup, b.processGroup]).toEqual([a.id, a.id])
    task.setpgid(b.id, b.id)
    a.setpgid(0, task.processGroup)
    expect([a.processGroup, b.processGroup]).toEqual([task.id, b.id])
    a.setpgid(0, 0)
    a.setpgid(0, 0)
    expect(a.processGroup).toBe(a.id)
  })

  it('a group below 0 is EINVAL, then what is neither the caller nor a child ESRCH', () => {
    const task = idleTask()
    const child = acting(task).fork(untilEnd)
    const grandchild = acting(child).fork(untilEnd)
    const other = idleTask({}, task.kernel)
    expect([
      task.setpgidErrno(0, -1),
      task.setpgidErrno(999, -1),
      task.setpgidErrno(-5, 0),
      task.setpgidErrno(999, 0),
      task.setpgidErrno(-5, 1),
    ]).toEqual([EINVAL, EINVAL, EINVAL, ESRCH, ESRCH])
    expect([grandchild.id, other.id].map((id) => task.setpgidErrno(id, 0))).toEqual([ESRCH, ESRCH])
    expect(child.setpgidErrno(task.id, 0)).toBe(ESRCH)
    expect(outcome(() => task.setpgid(999, 0))).toBe('ESRCH')
  })

  it('a child that was spawned, or has called exec, is EACCES, before a group that is none', async () => {
    const task = idleTask()
    const spawned = acting(task).spawn(untilEnd)
    const executed = acting(task).fork((self) => self.exec(untilEnd))
    expect(task.setpgidErrno(executed.id, 0)).toBe(0)
    await settle()
    expect([task.setpgidErrno(spawned.id, 0), task.setpgidErrno(executed.id, 99), task.setpgidErrno(spawned.id, -1)]).toEqual([
      EACCES,
      EACCES,
      EINVAL,
    ])
    expect([executed.setpgidErrno(0, task.id), spawned.setpgidErrno(0, 0)]).toEqual([0, 0])
  })

  it('a group that there is not is EPERM, and nothing changes', () => {
    const task = idleTask()
    const child = acting(task).fork(untilEnd)
    expect([task.setpgidErrno(0, 99), task.setpgidErrno(child.id, 99)]).toEqual([EPERM, EPERM])
    expect([task.processGroup, child.processGroup]).toEqual([task.id, task.id])
  })

  it('a child that has ended and was not waited for can be moved, and makes a group that there is', () => {
    const task = idleTask()
    const [zombie, child] = [acting(task).fork(untilEnd), acting(task).fork(untilEnd)]
    task.kill(zombie.id, 'KILL')
    expect([task.setpgidErrno(zombie.id, 0), task.setpgidErrno(child.id, zombie.id)]).toEqual([0, 0])
    task.tryWait(zombie)
    expect(task.setpgidErrno(0, zombie.id)).toBe(0)
  })

  it('what are no numbers: EINVAL; of a task that has ended: ESRCH', () => {
    const task = idleTask()
    for (const wrong of [0.5, NaN, Infinity, '1', null, undefined, {}, task]) {
      expect([task.setpgidErrno(wrong as never, 0), task.setpgidErrno(0, wrong as never)]).toEqual([EINVAL, EINVAL])
    }
    task.kernel.kill(task.id)
    expect(task.setpgidErrno(0, 0)).toBe(ESRCH)
  })
})

describe('kill of a group', () => {
  it('reaches every task of it, grandchildren too, and nobody else', () => {
    const kernel = kernelWith()
    const shell = idleTask({}, kernel)
    const first = acting(shell).spawn(untilEnd, { processGroup: 0 })
    const second = acting(shell).spawn(untilEnd, { processGroup: first.id })
    const grandchild = acting(second).fork(untilEnd)
    const apart = acting(second).fork(untilEnd, { processGroup: 0 })
    shell.kill(-first.id, 'INT')
    expect(ended(first, second, grandchild, apart, shell)).toEqual([true, true, true, false, false])
    expect([first, second, grandchild].map((task) => task.ended?.signal)).toEqual(['INT', 'INT', 'INT'])
    kernel.kill(-apart.id)
    expect(apart.ended?.signal).toBe('TERM')
  })

  it('ends those that wait in a pipeline, and their ends of the pipes with them', async () => {
    const kernel = kernelWith()
    const waits: Program = async (task) => task.readAsync(0, new Uint8Array(8))
    const { reader, writer, counts } = pipeEnds()
    const shell = idleTask({ handles: { 3: reader, 4: writer } }, kernel)
    const first = acting(shell).spawn(waits, { stdin: 3, processGroup: 0 })
    acting(shell).spawn(async (task) => (await task.wait(acting(task).fork(waits))).status, { stdin: 3, processGroup: first.id })
    shell.closeRange(3, 4)
    await settle()
    expect(counts()[0]).toBeGreaterThan(0)
    shell.kill(-first.id, 'INT')
    await settle()
    expect([counts(), (await shell.wait()).signal, (await shell.wait()).signal]).toEqual([[0, 0], 'INT', 'INT'])
  })

  it('0 is the sender’s own, itself included; of the host’s it is nobody’s', () => {
    const task = idleTask()
    const [child, apart] = [acting(task).fork(untilEnd), acting(task).fork(untilEnd, { processGroup: 0 })]
    expect(outcome(() => task.kernel.kill(0))).toBe('ESRCH')
    child.kill(0, 'TERM')
    expect(ended(task, child, apart)).toEqual([true, true, false])
  })

  it('−1 is every task but the sender; of the host’s every task', () => {
    const task = idleTask()
    const others = [acting(task).fork(untilEnd), idleTask({}, task.kernel)]
    task.kill(-1, 'KILL')
    expect(ended(task, ...others)).toEqual([false, true, true])
    task.tryWait()
    expect(task.killErrno(-1, 0)).toBe(ESRCH)
    task.kernel.kill(-1, 'KILL')
    expect(ended(task)).toEqual([true])
  })

  it('of tasks alone that were not waited for is 0, and ESRCH afterwards', () => {
    const task = idleTask()
    const zombie = acting(task).fork(untilEnd, { processGroup: 0 })
    task.kill(zombie.id, 9)
    expect([task.killErrno(-zombie.id, 0), task.killErrno(-zombie.id, 'TERM')]).toEqual([0, 0])
    task.tryWait()
    expect([task.killErrno(-zombie.id, 0), task.killErrno(-999, 'TERM')]).toEqual([ESRCH, ESRCH])
  })

  it('what is no signal is EINVAL, and reaches nobody', () => {
    const task = idleTask()
    const child = acting(task).fork(untilEnd, { processGroup: 0 })
    expect([task.killErrno(-child.id, 65), task.killErrno(-1, 'HUP' as never)]).toEqual([EINVAL, EINVAL])
    expect(ended(child)).toEqual([false])
  })

  it('of nobody is ESRCH, before a signal that is none', () => {
    const task = idleTask()
    expect([task.killErrno(999, 65), task.killErrno(-999, 65), task.killErrno(-1, 65), task.killErrno(0, 65)]).toEqual([
      ESRCH,
      ESRCH,
      ESRCH,
      EINVAL,
    ])
  })

  it('handlers may end one another meanwhile', () => {
    const task = idleTask()
    const leader = acting(task).fork(untilEnd, { processGroup: 0 })
    const member = acting(leader).fork(untilEnd)
    let called = 0
    leader.onSignal('TERM', () => {
      called++
      leader.kill(member.id, 'KILL')
      acting(task).spawn(untilEnd, { processGroup: leader.id })
    })
    task.kill(-leader.id, 'TERM')
    expect([called, leader.ended, member.ended?.signal]).toEqual([1, undefined, 'KILL'])
  })
})
