import { echoed } from '../../programs/echo.js'
import type { Builtin } from './builtin.js'

export const echo: Builtin = async (shell, args) => {
  await shell.print(echoed(args))
  return 0
}
