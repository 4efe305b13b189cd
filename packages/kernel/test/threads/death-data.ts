/** How much a task writes at once to say that it goes on: a pipe takes it whole or waits. */
export const SPOKEN_BYTES = 64
