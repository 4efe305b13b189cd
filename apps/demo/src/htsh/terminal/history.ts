import { readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { HISTORY_LINES } from './terminal.js'

/** The commands that were typed in earlier sessions, the newest first; none where they cannot be read. */
export function loadHistory(): string[] {
  try {
    return readFileSync(file(), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .reverse()
      .slice(0, HISTORY_LINES)
  } catch {
    return []
  }
}

/**
 * Keeps the commands of this session, the newest first, behind what others have kept meanwhile. Where that cannot be
 * written they are forgotten, as shells do.
 */
export function saveHistory(commands: readonly string[]): void {
  if (commands.length === 0) return
  const lines = [...commands, ...loadHistory()].slice(0, HISTORY_LINES).reverse()
  try {
    writeFileSync(file(), `${lines.join('\n')}\n`, { mode: 0o600 })
  } catch {
    // A home that cannot be written to.
  }
}

/** @throws where there is no home */
function file(): string {
  return join(homedir(), '.htsh_history')
}
