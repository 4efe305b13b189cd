import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** In memory where there is such a place: the tests make and remove many small files. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : realpathSync(tmpdir())

/** Calls `use` with a new directory of the host's, and removes it. */
export function withDirectory<R>(use: (path: string) => R): R {
  const path = mkdtempSync(join(PARENT, 'ht-file-'))
  try {
    return use(path)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
