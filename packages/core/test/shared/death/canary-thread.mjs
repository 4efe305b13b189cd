import { workerData } from 'node:worker_threads'

/*
 * Makes changes for ever in the shape in which shared memory is changed: one atomic step, and right behind it plain
 * stores that say the same. Words from 16 on are pairs, or threes, that are equal whenever nothing is cut between.
 * This is JavaScript, and its functions are made from text, so that each of them can be new to the engine.
 */
const { words, manner } = workerData

/** Of each kind of step, a few statements on `w`. */
const STEPS = [
  'Atomics.sub(w, 16, 3); w[17] = w[17] - 3',
  'Atomics.add(w, 20, 0x10001); w[21] = w[21] + 0x10001',
  'const x = (w[24] + 1) | 0; Atomics.exchange(w, 24, x); w[25] = x; if (x === 0) w[8] = 1',
  'const y = (w[28] + 1) | 0; Atomics.store(w, 28, y); w[29] = y; if ((y & 1) === 0) w[9] = w[9] + 1; else w[10] = w[10] - 1; w[30] = y',
  `for (;;) {
    const before = w[32]
    if ((before & 0xffff) === 0xffff) { Atomics.store(w, 32, 0); w[33] = 0; w[34] = 0; break }
    if (Atomics.compareExchange(w, 32, before, before + 1) === before) { w[33] = w[33] + 1; w[34] = before + 1; break }
  }`,
  'const z = w[36] ^ 1; if (z === 1) Atomics.or(w, 36, 1); else Atomics.and(w, 36, 0); w[37] = z',
  'const object = { w, row: 41, get self() { return this.row } }; const row = object.self; const after = Atomics.sub(object.w, 40, 7) - 7; object.w[row] = object.w[row] - 7; if (after === 0) object.w[11] = row',
].map((step) => `{ ${step} }`)

const MANNERS = {
  // One function that is optimized while it runs, where nothing is a call or a loop's end but what the steps are made of.
  'in one loop': () => {
    new Function('w', `for (;;) { ${STEPS.join('\n')}; w[1] = w[1] + 1 }`)(words)
  },
  // Functions that are called often.
  'in functions': () => {
    const functions = STEPS.map((step) => new Function('w', step))
    for (;;) {
      for (const f of functions) f(words)
      words[1]++
    }
  },
  // Functions that the engine has never seen before: the interpreter runs them.
  'in new functions': () => {
    for (let i = 0; ; i++) {
      const f = new Function('w', `${STEPS.join('\n')}; ${STEPS.join('\n')}; // ${String(i)}`)
      f(words)
      f(words)
      words[1]++
    }
  },
}

Atomics.store(words, 0, 1)
Atomics.notify(words, 0)
MANNERS[manner]()
