import type { Program } from '@ht/kernel'

/** Does nothing, unsuccessfully (false(1)). */
export const falseProgram: Program = () => 1
