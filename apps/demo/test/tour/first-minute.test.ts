import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { firstMinute } from '../../src/htsh/tour/first-minute.js'
import { steps } from '../../src/htsh/tour/steps/index.js'
import { tcp } from '../../src/htsh/tour/steps/tcp.js'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const readme = join(root, 'README.md')
const program = readFileSync(join(root, 'apps/demo/tour/ends-of-a-pipe.js'), 'utf8')
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ht-demo-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The status and the lines of a first screen. */
async function screen(files: readonly string[]): Promise<{ status: number; lines: string[] }> {
  const printed: string[] = []
  const status = await firstMinute(files, program, (line) => printed.push(line))
  return { status, lines: printed.join('\n').split('\n') }
}

describe('the first screen', () => {
  it('has under 24 lines of at most 110 characters, so that a hint and a prompt have room', async () => {
    const { status, lines } = await screen([readme])
    expect(status).toBe(0)
    expect(lines.length).toBeLessThan(24)
    expect(lines.filter((line) => line.length > 110)).toEqual([])
  })

  it('is the picture that the README shows', async () => {
    const { lines } = await screen([readme])
    const picture = lines.filter((line) => line.startsWith('cat ') || line.startsWith('  task '))
    expect(picture.length).toBe(4)
    // Pipes are numbered as they are made, and other tests have made some.
    const numbers = new Map<string, string>()
    const drawn = picture.join('\n').replace(/(?<=pipe )\d+/g, (number) => {
      if (!numbers.has(number)) numbers.set(number, String(numbers.size + 1))
      return numbers.get(number)!
    })
    expect(readFileSync(readme, 'utf8').replace(/ +/g, ' ')).toContain(drawn.replace(/ +/g, ' '))
  })

  it('counts the words of the files that it is given', async () => {
    const one = join(folder, 'one.txt')
    const two = join(folder, 'two.txt')
    // Longer than a pipe holds, so that the writer waits for the reader.
    writeFileSync(one, 'handle object handle\n'.repeat(20_000))
    writeFileSync(two, 'Table table TABLE a bc\n')
    const { lines } = await screen([one, two])
    expect(lines).toContain('the most frequent words: handle 40000, object 20000, table 3')
  })

  it('shows how the last writer’s close becomes the end of file', async () => {
    const { lines } = await screen([readme])
    const at = lines.findIndex((line) => line.includes('close(1) = 0'))
    expect(lines[at - 1]).toMatch(/^ {2}\[2\] write\(1, /)
    expect(lines[at + 1]).toMatch(/^ {2}\[3\] read\(0, "", 4096\) = 0 /)
  })

  it('has a picture and an end of file for an empty file too, and names files whole', async () => {
    const empty = join(folder, 'my file, v2.txt')
    writeFileSync(empty, '')
    const { lines } = await screen([empty])
    expect(lines.filter((line) => line.startsWith('  task ')).length).toBe(3)
    expect(lines.find((line) => line.includes('cat'))).toContain('my file, v2.txt')
    expect(lines.some((line) => line.includes('close(1) = 0') && line.endsWith('the last writer of the pipe closes:'))).toBe(true)
    expect(lines.some((line) => line.includes('read(0, "", 4096) = 0') && line.endsWith('the end of file'))).toBe(true)
    expect(lines).toContain('the most frequent words: none')
  })

  it('says which file could not be read, and ends with 1', async () => {
    const errors: unknown[] = []
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((bytes) => errors.push(bytes) > 0)
    const { status } = await screen([join(folder, 'missing.txt')])
    write.mockRestore()
    expect(status).toBe(1)
    expect(errors.map((bytes) => new TextDecoder().decode(bytes as Uint8Array)).join('')).toMatch(/missing\.txt: ENOENT/)
  })

  it('ends with a program of 12 lines that prints what its comments say', () => {
    expect(program.trimEnd().split('\n').length).toBe(12)
    const node = ['--conditions=@ht/source', '--import', import.meta.resolve('tsx'), '--input-type=module']
    const run = spawnSync(process.execPath, node, { cwd: join(root, 'apps/demo'), input: program, encoding: 'utf8' })
    expect(run).toMatchObject({ status: 0, stderr: '', stdout: '5 -11\n0\n' })
  })
})

describe('the further steps', () => {
  it.each(steps.map((step) => [step.name, step] as const))('%s runs to its end', async (_, step) => {
    const printed: string[] = []
    await step((line) => printed.push(line))
    expect(printed.length).toBeGreaterThan(3)
  })

  it('show that dups share an offset, forks copy numbers, CLONE_FILES shares them, and exec closes', async () => {
    const printed: string[] = []
    for (const step of steps) await step((line) => printed.push(line))
    const text = printed.join('\n')
    expect(text).toContain('the file has 22 bytes: nothing was written over')
    expect(text).toContain('the parent goes on with "two\\n"')
    expect(text).toContain('[1] close(0) = -1 EBADF (bad file descriptor)')
    expect(text).toMatch(/exec\("next", \[\]\) = 0\n {2}task 1 next {3}0 ← notes\.txt ×1$/m)
    expect(text).toContain('through the dup: 2 2')
  })

  it('send a result over TCP and read it back, with both ends in the picture', async () => {
    const printed: string[] = []
    await tcp((line) => printed.push(line))
    const [, mine, theirs] = /task 2 client +0 ↔ tcp (127\.0\.0\.1:\d+)–(127\.0\.0\.1:\d+) ×1$/m.exec(printed.join('\n')) ?? []
    expect(mine).toBeDefined()
    const server = printed.find((line) => line.includes('task 3 server'))
    expect(server).toContain(`0 ↔ tcp listens on ${String(theirs)} ×1`)
    expect(server).toContain(`1 ↔ tcp ${String(theirs)}–${String(mine)} ×1`)
    expect(printed).toContain('  what came back: 3 words, 2 of them different')
  })
})
