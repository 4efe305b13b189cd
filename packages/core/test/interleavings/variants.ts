import type { Change } from '../../../../tooling/threads/variant.js'

/** A way in which shared tables could be wrong, and programs of which an interleaving shows it. */
export interface Variant {
  readonly name: string
  readonly changes: readonly Change[]
  readonly programs: readonly string[]
  /** What is found. */
  readonly finds: RegExp
}

const BAD_USE = /released object was used|became another one|no order of the operations/

export const variants: readonly Variant[] = [
  {
    name: 'borrow does not look at the slot again',
    changes: [{ file: 'hazards.ts', from: 'if (Atomics.load(words, slot) !== word) {', to: 'if (word < 0) {' }],
    programs: ['borrow against close', 'borrow against a new object elsewhere'],
    finds: BAD_USE,
  },
  {
    name: 'retain does not look at the slot again',
    changes: [{ file: 'shared-slots.ts', from: 'if (Atomics.load(memory.words, slot) === word) {', to: 'if (record > 0) {' }],
    programs: ['get against a new object elsewhere'],
    finds: /no order of the operations/,
  },
  {
    name: 'the object is looked up first, and its handle’s mode then',
    changes: [
      {
        file: 'shared-slots.ts',
        from: 'if (!protect(memory, slot, word)) continue\n      this.looked = word & SLOT_BITS',
        to: "if (!protect(memory, slot, word)) continue\n      PAUSE: pause('borrow: slot read')\n      this.looked = this.bitsAt(handle)",
      },
    ],
    programs: ['a look against dup2 of another mode'],
    finds: /no order of the operations/,
  },
  {
    name: 'the mode is asked for first, and the object then',
    changes: [
      {
        file: 'shared-slots.ts',
        from: "const word = memory.words[slot]!\n      PAUSE: pause('borrow: slot read')\n",
        to: "const first = memory.words[slot]!\n      PAUSE: pause('borrow: slot read')\n      if ((first & mode) !== mode) return undefined\n      mode = 0\n      const word = memory.words[slot]!\n",
      },
    ],
    programs: ['borrow for writing against a new object of another mode'],
    finds: /no order of the operations/,
  },
  {
    name: 'borrow looks again whether the object is the same, and not the mode',
    changes: [
      {
        file: 'hazards.ts',
        from: 'if (Atomics.load(words, slot) !== word) {',
        to: 'if ((Atomics.load(words, slot) & SLOT_RECORD) !== (word & SLOT_RECORD)) {',
      },
    ],
    programs: ['borrow for writing against a new object of another mode'],
    finds: /no order of the operations/,
  },
  {
    name: 'retain looks again whether the object is the same, and not the mode',
    changes: [
      {
        file: 'shared-slots.ts',
        from: 'if (Atomics.load(memory.words, slot) === word) {',
        to: 'if ((Atomics.load(memory.words, slot) & SLOT_RECORD) === record) {',
      },
    ],
    programs: ['get for writing against a new object of another mode'],
    finds: /no order of the operations/,
  },
  {
    name: 'a new role is written where the old one stands',
    changes: [
      {
        file: 'shared-locked.ts',
        from: '(old === undefined ? 0 : ~before & SLOT_TURN)',
        to: '(old === undefined ? 0 : before & SLOT_TURN)',
      },
    ],
    programs: ['all that is known against dup2'],
    finds: /no order of the operations/,
  },
  {
    name: 'retain counts blindly',
    changes: [
      { file: 'shared-object.ts', from: 'if ((before & MOST_REFERENCES) === 0) return false', to: '' },
      {
        file: 'shared-object.ts',
        from: 'if (Atomics.compareExchange(words, record + R_COUNT, before, before + change) === before) {',
        to: 'if (Atomics.add(words, record + R_COUNT, change) !== Infinity) {',
      },
    ],
    programs: ['get against close'],
    finds: /released (0|2) times|released object was used|in use were/,
  },
  {
    name: 'a record is used as data when it is free',
    changes: [
      {
        file: 'records.ts',
        from: 'words[record + R_NEXT] = words[H_FREE_RECORD]!\n    words[H_FREE_RECORD] = record',
        to: ';(globalThis as any).useAsData(words, record)\n    words[record + R_NEXT] = words[H_FREE_RECORD]!\n    words[H_FREE_RECORD] = record',
      },
    ],
    programs: ['get against close'],
    finds: /somebody's data was changed|something unexpected was thrown/,
  },
  {
    name: 'the last release does not look for borrows',
    changes: [{ file: 'shared-object.ts', from: '|| !othersHaveEnded(memory, record)', to: '' }],
    programs: ['borrow against close'],
    finds: /released object was used/,
  },
  {
    name: 'a change is told before it is made',
    changes: [
      {
        file: 'channel.ts',
        from: "  Atomics.add(memory.words, channel + COUNT, 1)\n  pause('value published')\n  memory.waits.wake(channel + QUEUE)",
        to: "  memory.waits.wake(channel + QUEUE)\n  pause('value published')\n  Atomics.add(memory.words, channel + COUNT, 1)",
      },
    ],
    programs: ['read against write'],
    finds: /all threads wait for ever/,
  },
  {
    name: 'who waits looks before it can be told',
    changes: [
      {
        file: 'waits/doorbell.ts',
        from: "for (const queue of queues) this.enlist(queue)\n      PAUSE: pause('wait: enlisted')\n",
        to: '',
      },
      {
        file: 'waits/doorbell.ts',
        from: "PAUSE: pause('wait: about to sleep')",
        to: "PAUSE: pause('wait: enlisted')\n      for (const queue of queues) this.enlist(queue)\n      PAUSE: pause('wait: about to sleep')",
      },
      { file: 'waits/doorbell.ts', from: '&& queues.every((queue) => this.#isEnlisted(queue))', to: '' },
    ],
    programs: ['read against write'],
    finds: /all threads wait for ever/,
  },
  {
    name: 'a lock is looked at and then taken',
    changes: [
      {
        file: 'words/lock.ts',
        from: '  if (Atomics.compareExchange(words, at, 0, self) !== 0) acquireSlowly(memory, at)\n',
        to: "  if (words[at] !== 0) acquireSlowly(memory, at)\n  PAUSE: pause('lock: listed')\n  words[at] = self\n",
      },
    ],
    programs: ['insert against insert, step by step'],
    finds: /no order of the operations|released \d times|in use were|unexpected/,
  },
  {
    name: 'dup2 closes its target and then opens it',
    changes: [
      {
        file: 'place.ts',
        from: 'if (!slots.isOpen(handle)) locked.take(handle)\n      fallen = locked.set(handle, open, packed)',
        to: 'fallen = locked.clear(handle)\n      locked.take(handle)\n      locked.set(handle, open, packed)',
      },
    ],
    programs: ['dup2 never shows its target closed'],
    finds: /no order of the operations/,
  },
]
