import type { Program } from '@ht/kernel'

/** Does nothing, successfully (true(1)). */
export const trueProgram: Program = () => 0
