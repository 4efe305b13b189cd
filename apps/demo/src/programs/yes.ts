import { toBytes } from '../libc/byte-string.js'
import { defineCommand } from './command.js'

/** Writes a line again and again until its reader has gone (yes(1)). */
export const yes = defineCommand({
  name: 'yes',
  usage: '[STRING]...',
  help: "Writes a line with all STRINGs, or 'y', until it is ended.\n",
  async run({ operands, out }) {
    const line = `${operands.length > 0 ? operands.join(' ') : 'y'}\n`
    const lines = toBytes(line.repeat(Math.max(1, Math.floor(65_536 / line.length))))
    for (;;) await out.write(lines)
  },
})
