import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { hasPty, PROMPT, Session } from './pty.js'

const sessions: Session[] = []

/** A session that is at its first prompt. */
async function begin(options: ConstructorParameters<typeof Session>[0] = {}): Promise<Session> {
  const session = new Session(options)
  sessions.push(session)
  await session.until(PROMPT)
  return session
}

/** Whether a process runs: one that has ended, and was not waited for, does not (proc(5)). */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${String(pid)}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}

afterEach(() => {
  for (const session of sessions.splice(0)) session.close()
})

// It needs script(1) of util-linux, for a terminal.
describe.skipIf(!hasPty)('the prompt on a terminal', () => {
  it('comes after the first screen, which says how to go on', async () => {
    const session = new Session({ args: [] })
    sessions.push(session)
    const screen = await session.until(PROMPT)
    expect(screen).toMatch(/^ht gives JavaScript programs handles/)
    expect(screen.split('\n').at(-2)).toMatch(/^(?=.{1,80}$).*tour.*Ctrl-D/m)
    expect(screen.split('\n').length).toBeLessThan(25)
  })

  it('shows what a pipeline of programs prints, also without a newline at its end', async () => {
    const session = await begin()
    expect(await session.run('seq 9 | tail -2 | sort -r')).toContain('\n9\r\n8\r\n')
    expect(await session.run('echo -n partly')).toMatch(/\npartly\r\n[^\n]*~ \$ $/)
  })

  it('shows where the user is', async () => {
    const session = await begin()
    session.type('cd /\r')
    await session.until('/ $ ')
    expect(await session.run('cd')).toContain('~ $')
  })

  it('gives a program the lines that are typed, and an end of file at Ctrl-D', async () => {
    const session = await begin()
    session.type('cat; echo then\r')
    await session.until('\n')
    session.type('one\r')
    await session.until('\none\r\n')
    session.type('two\r')
    await session.until('\ntwo\r\n')
    session.type('\x04')
    expect(await session.until(PROMPT)).toContain('then')
  })

  it('takes for the next command what was typed and no program read', async () => {
    const session = await begin()
    session.type('head -1\rfor head\recho "left"over\r')
    await session.until('\nleftover\r\n')
    await session.until(PROMPT)
  })

  it.each(['cat', 'sleep 1000', 'yes > /dev/null', 'sleep 1000 | cat', 'while :; do :; done', '(sleep 1000; echo no)'])(
    'ends `%s` at Ctrl-C, and goes on with status 130',
    async (line) => {
      const session = await begin()
      session.type(`echo st"art"; ${line}; echo n"o"\r`)
      await session.until('\nstart\r\n')
      session.type('\x03')
      expect(await session.until(PROMPT)).not.toContain('\nno')
      expect(await session.run('echo "status" $?')).toContain('\nstatus 130\r\n')
    },
  )

  it('forgets at Ctrl-C what was typed and no program read', async () => {
    const session = await begin()
    session.type('echo st"art"; sleep 1000\r')
    await session.until('\nstart\r\n')
    session.type('echo l"ost"\r')
    await session.until('\n')
    session.type('\x03')
    await session.until(PROMPT)
    expect(await session.run('echo n"ext"')).toMatch(/^[^\n]*echo n"ext"\s+next\r\n/)
  })

  it('clears the line at Ctrl-C, and a command that was begun', async () => {
    const session = await begin()
    session.type('echo no')
    await session.until('echo no')
    session.type('\x03')
    await session.until('^C')
    await session.until(PROMPT)
    expect(await session.run('echo "status" $?')).toContain('\nstatus 130\r\n')
    session.type('echo "begun\r')
    await session.until('> ')
    session.type('\x03')
    await session.until('^C')
    await session.until(PROMPT)
    expect(await session.run('echo f"resh"')).toContain('\nfresh\r\n')
  })

  it('goes on asking while a quote, a here-document or a compound command is open', async () => {
    const session = await begin()
    for (const line of ['cat <<END | sort', 'two', 'one']) {
      session.type(`${line}\r`)
      await session.until('> ')
    }
    expect(await session.run('END')).toContain('\none\r\ntwo\r\n')
    session.type('echo "a\r')
    await session.until('> ')
    expect(await session.run('b"')).toContain('\na\r\nb\r\n')
  })

  it('completes programs and the names of files', async () => {
    const session = await begin()
    writeFileSync(join(session.home, 'notes-of-today.txt'), 'noted\n')
    session.type('uni\t')
    await session.until('uniq ')
    session.type('not\t')
    await session.until('notes-of-today.txt')
    session.type('\r')
    await session.until('\nnoted\r\n')
  })

  it('keeps a history of commands and of nothing else, also for the next session', async () => {
    const first = await begin()
    await first.run('echo f"irst"')
    first.type('cat\r')
    await first.until('\n')
    first.type('no command\r')
    await first.until('\nno command\r\n')
    first.type('\x04')
    await first.until(PROMPT)
    first.type('\x1b[A\x1b[A\r')
    await first.until('\nfirst\r\n')
    await first.until(PROMPT)
    first.type('\x04')
    expect(await first.ended).toBe(0)
    expect(readFileSync(join(first.home, '.htsh_history'), 'utf8')).toBe('echo f"irst"\ncat\necho f"irst"\n')

    const second = await begin({ home: first.home })
    second.type('\x1b[A\x1b[A')
    await second.until('~ $ cat')
    second.type('\r')
    await second.until('\n')
    second.type('\x04')
    await second.until(PROMPT)
  })

  it.each(['cat', 'sleep 1000'])('ends when the window is closed during `%s`, and keeps the history', async (line) => {
    const session = new Session({ showPid: true })
    sessions.push(session)
    const pid = await session.pid()
    await session.until(PROMPT)
    session.type(`echo st"art"; ${line}\r`)
    await session.until('\nstart\r\n')
    session.closeWindow()
    await session.ended
    while (isRunning(pid)) await new Promise(setImmediate)
    expect(readFileSync(join(session.home, '.htsh_history'), 'utf8')).toBe(`echo st"art"; ${line}\n`)
  })

  it('keeps the history when it is hung up', async () => {
    const session = new Session({ showPid: true })
    sessions.push(session)
    const pid = await session.pid()
    await session.until(PROMPT)
    await session.run('true kept')
    process.kill(pid, 'SIGHUP')
    expect(await session.ended).toBe(129)
    expect(readFileSync(join(session.home, '.htsh_history'), 'utf8')).toBe('true kept\n')
  })

  it('says before the next prompt that a job has ended', async () => {
    const session = await begin()
    let shown = await session.run('true &')
    while (!shown.includes('Done')) shown = await session.run('')
    expect(shown).toMatch(/\[1\].*Done +true\r?\n[^\r\n]/)
  })

  it('has ls lay out names in columns', async () => {
    const session = await begin()
    expect(await session.run('touch one two "3 4"; ls')).toMatch(/'3 4' +one +two\r?\n/)
  })

  it('plays the tour, a step at each Enter', async () => {
    const session = await begin()
    session.type('tour\r')
    await session.until('q ends: ')
    session.type('\r')
    expect(await session.until('q ends: ')).toContain('── a redirection')
    session.type('q\r')
    await session.until(PROMPT)
  })

  it('has the terminal as one open object behind 0, 1 and 2', async () => {
    const session = await begin()
    const rows = (await session.run('lsof')).split('\n').filter((row) => row.includes('the terminal'))
    expect(rows.length).toBeGreaterThanOrEqual(3)
    expect(new Set(rows.map((row) => /\s(\d+)\s+ht:stdio/.exec(row)?.[1])).size).toBe(1)
  })

  it('ends with the last status at Ctrl-D, with its own at exit, and leaves the terminal as it was', async () => {
    const session = await begin({ behind: '; echo "status $?"; stty -a' })
    await session.run('(exit 6)')
    session.type('\x04')
    await session.until('status 6')
    expect(await session.until(/isig[^\n]*\n/)).toMatch(/ icanon .* echo /)
    const other = await begin()
    other.type('exit 9\r')
    expect(await other.ended).toBe(9)
  })

  it.each(['SIGTERM', 'SIGUSR2'] as const)('leaves the terminal as it was when it is ended by %s or crashes', async (signal) => {
    const crash = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("crash")})'
    const session = new Session({ node: ['--import', crash], behind: '; stty -a', showPid: true })
    sessions.push(session)
    const pid = await session.pid()
    await session.until(PROMPT)
    process.kill(pid, signal)
    expect(await session.until(/isig[^\n]*\n/)).toMatch(/ icanon .* echo /)
  })
})
