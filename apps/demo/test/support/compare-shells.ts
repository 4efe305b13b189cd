import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runByOwn, type OwnOutcome, type RunOptions } from './own-shell.js'
import { runBySystem } from './system-shell.js'
import type { Outcome, Scene } from './scene.js'

export { hasSystemShell } from './system-shell.js'

/** Where files are fastest, on Linux. */
const MEMORY = '/dev/shm'

const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', HOME: '/home/nobody' }

/** What is different between the two shells, or was left behind by ours; nothing where all is well. */
export type Difference = string | undefined

/** How outcomes are compared. */
export interface CompareOptions {
  /** Whether lines on standard error may be in another order, and messages name other lines of the text. */
  readonly loosely?: boolean
  /** How our shell runs them, if in another way than usual. */
  readonly own?: Pick<RunOptions, 'kernel' | 'programs'>
}

/** Runs lines by our shell and by the system's, each in a folder of its own: of each line, what is different. */
export async function compareShells(
  scenes: readonly Scene[],
  { loosely = false, own: manner }: CompareOptions = {},
): Promise<Difference[]> {
  const base = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'htsh-'))
  try {
    const running = runBySystem(base, scenes, ENVIRONMENT, 'htsh')
    const ours: OwnOutcome[] = []
    for (const scene of scenes) ours.push(await runByOwn(base, scene, { environment: ENVIRONMENT, ...manner }))
    const theirs = await running
    return scenes.map((scene, i) => {
      const own = ours[i]!
      const shown = loosely ? differencesOf(loose(own), loose(theirs[i]!)) : differencesOf(own, theirs[i]!)
      const lines = [...shown, ...own.leaks.map((leak) => `  leak: ${leak}`)]
      return lines.length === 0 ? undefined : [`line: ${scene.line}`, ...lines].join('\n')
    })
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

function loose(outcome: Outcome): Outcome {
  const numbered = JSON.parse(JSON.stringify(outcome).replace(/ line \d+: /g, ' line N: ')) as Outcome
  return { ...numbered, stderr: numbered.stderr.split('\n').sort().join('\n') }
}

function differencesOf(own: Outcome, theirs: Outcome): string[] {
  const fields = ['status', 'stdout', 'stderr', 'files'] as const
  return fields.flatMap((field) => {
    const [ours, expected] = [show(own[field]), show(theirs[field])]
    return ours === expected ? [] : [`  ${field}: ${ours}\n  ${' '.repeat(field.length - 4)}bash: ${expected}`]
  })
}

/** A value for comparison. The numbers of processes are different each time. */
function show(value: unknown): string {
  return JSON.stringify(value).replace(/(line \d+: |\\n {4}) *\d+ (?=[A-Z])/g, '$1PID ')
}
