import { echoed } from '../libc/echo.js'
import { defineCommand } from './command.js'

/** Writes its arguments, as bash's builtin does. */
export const echo = defineCommand({
  name: 'echo',
  usage: '[-neE] [STRING]...',
  help: '',
  // All else is an operand, --help as well.
  rewrite: (args) => ['--', ...args],
  run({ operands, out }) {
    out.put(echoed(operands))
    return 0
  },
})
