import { echoed } from '../../libc/echo.js'
import type { Builtin } from './builtin.js'

export const echo: Builtin = async (shell, args) => {
  await shell.print(echoed(args))
  return 0
}
