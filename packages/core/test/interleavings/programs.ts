import type { Operation } from './operations.js'

/** Short programs of two or three threads on one table, and how their interleavings are walked. */
export interface Program {
  readonly name: string
  /** The numbers of the objects at handles 0, 1, …; 0 leaves a handle free. Equal numbers are one object. */
  readonly open: readonly number[]
  /** What each thread does. All own the table. */
  readonly threads: readonly (readonly Operation[])[]
  /** New handles are below it. Defaults to the capacity, 4. */
  readonly limit?: number
  /** The handles of a channel's reader and writer, which are objects 14 and 15. */
  readonly channel?: readonly [reader: number, writer: number]
  /** How many switches there are at most from a thread that could go on; without it, all interleavings are walked. */
  readonly preemptions?: number
  /** The points where threads are held. Defaults to those that are not {@link FINE}. */
  readonly points?: RegExp
}

/** Points where no other thread looks, or which a lock guards, or which say no more than the next one. */
export const FINE = /^(lock|record|release: handed|ring|operation: counted)/
const ALL = /./
/** Of programs that wait, which are long. */
const WAITING = /^(wait|wake|value|clear|drop|operation: ended|operation begins)/

/** How many handles the tables of these programs have. */
export const CAPACITY = 4

export const programs: readonly Program[] = [
  // ── Borrow ──
  { name: 'borrow against close', open: [1], threads: [[['borrow', 0]], [['close', 0]]], points: ALL },
  {
    name: 'borrow against close and a new object',
    open: [1],
    threads: [
      [['borrow', 0]],
      [
        ['close', 0],
        ['insert', 2],
      ],
    ],
  },
  {
    name: 'borrow against a new object elsewhere',
    open: [1],
    threads: [
      [['borrow', 0]],
      [
        ['close', 0],
        ['replace', 1, 2],
      ],
    ],
  },
  {
    name: 'borrow against two new objects',
    open: [1],
    threads: [
      [['borrow', 0]],
      [
        ['close', 0],
        ['insert', 2],
        ['close', 0],
        ['insert', 3],
      ],
    ],
    preemptions: 4,
  },
  { name: 'borrow against replace', open: [1], threads: [[['borrow', 0]], [['replace', 0, 2]]] },
  {
    name: 'borrow against dup2',
    open: [1, 2],
    threads: [
      [['borrow', 0]],
      [
        ['dup2', 1, 0],
        ['close', 1],
      ],
    ],
  },
  {
    name: 'two borrows against close',
    open: [1],
    threads: [
      [
        ['borrow', 0],
        ['borrow', 0],
      ],
      [
        ['close', 0],
        ['insert', 2],
      ],
    ],
    preemptions: 4,
  },
  { name: 'last release while borrowed', open: [1], threads: [[['borrow', 0]], [['keep', 0], ['close', 0], ['let go']]] },
  {
    name: 'release left to who serves',
    open: [1],
    threads: [
      [['close', 0], ['serve']],
      [
        ['borrow', 0],
        ['insert', 2],
      ],
    ],
  },
  {
    name: 'borrow while one serves',
    open: [1],
    threads: [
      [['serve'], ['insert', 2]],
      [
        ['borrow', 0],
        ['insert', 3],
      ],
      [['close', 0]],
    ],
    preemptions: 2,
  },
  // ── Retain ──
  { name: 'get against close', open: [1], threads: [[['get', 0]], [['close', 0]]] },
  { name: 'get against close, step by step', open: [1], threads: [[['get', 0]], [['close', 0]]], points: ALL, preemptions: 5 },
  {
    name: 'get against close and a new object',
    open: [1],
    threads: [
      [['get', 0]],
      [
        ['close', 0],
        ['insert', 2],
      ],
    ],
  },
  {
    name: 'get against a moved object',
    open: [1, 2],
    threads: [
      [['get', 0]],
      [
        ['dup2', 1, 0],
        ['close', 1],
        ['close', 0],
      ],
    ],
    preemptions: 4,
  },
  {
    name: 'get against a new object elsewhere',
    open: [1],
    threads: [
      [['get', 0]],
      [
        ['close', 0],
        ['replace', 1, 2],
      ],
    ],
  },
  { name: 'get against replace', open: [1], threads: [[['get', 0]], [['replace', 0, 2]]] },
  { name: 'two gets of one handle', open: [1], threads: [[['get', 0]], [['get', 0]]] },
  {
    name: 'reference outlives its handle',
    open: [1],
    threads: [
      [['keep', 0], ['let go']],
      [
        ['close', 0],
        ['insert', 2],
      ],
    ],
  },
  {
    name: 'last two references',
    open: [1],
    threads: [
      [['keep', 0], ['let go']],
      [['keep', 0], ['close', 0], ['let go']],
    ],
    preemptions: 4,
  },
  // ── Placing and freeing ──
  { name: 'insert against insert', open: [1], threads: [[['insert', 2]], [['insert', 3]]] },
  {
    name: 'insert against insert, step by step',
    open: [1],
    threads: [[['insert', 2]], [['insert', 3]]],
    points: ALL,
    preemptions: 3,
  },
  {
    name: 'insert of the last number',
    open: [1, 2],
    limit: 3,
    threads: [
      [
        ['insert', 3],
        ['close', 2],
      ],
      [
        ['insert', 4],
        ['close', 2],
      ],
    ],
  },
  { name: 'insert against close', open: [1, 2], threads: [[['insert', 3]], [['close', 0]]] },
  {
    name: 'insert against close, step by step',
    open: [1, 2],
    threads: [[['insert', 3]], [['close', 0]]],
    points: ALL,
    preemptions: 3,
  },
  { name: 'close against close', open: [1], threads: [[['close', 0]], [['close', 0]]] },
  {
    name: 'close against close, step by step',
    open: [1],
    threads: [[['close', 0]], [['close', 0]]],
    points: ALL,
    preemptions: 4,
  },
  { name: 'remove against remove', open: [1], threads: [[['remove', 0]], [['remove', 0]]] },
  {
    name: 'remove against borrow and get',
    open: [1],
    threads: [
      [['remove', 0]],
      [
        ['borrow', 0],
        ['get', 0],
      ],
    ],
  },
  {
    name: 'insertAll without room',
    open: [1],
    limit: 2,
    threads: [
      [['insertAll', 2, 3]],
      [
        ['isOpen', 1],
        ['borrow', 1],
      ],
    ],
  },
  {
    name: 'insertAll against insert',
    open: [],
    limit: 3,
    threads: [
      [['insertAll', 1, 2]],
      [
        ['insert', 3],
        ['insert', 4],
      ],
    ],
  },
  // ── Duplicating ──
  { name: 'dup against close', open: [1], threads: [[['dup', 0]], [['close', 0]]] },
  {
    name: 'dup against close and a new object',
    open: [1],
    threads: [
      [['dup', 0]],
      [
        ['close', 0],
        ['insert', 2],
      ],
    ],
  },
  {
    name: 'dup2 never shows its target closed',
    open: [1, 2],
    threads: [
      [['dup2', 0, 1]],
      [
        ['isOpen', 1],
        ['borrow', 1],
        ['isOpen', 1],
      ],
    ],
  },
  {
    name: 'dup2 against close of its source',
    open: [1, 2],
    threads: [
      [['dup2', 0, 1]],
      [
        ['close', 0],
        ['borrow', 1],
      ],
    ],
  },
  {
    name: 'dup2 against close of its target',
    open: [1, 2],
    threads: [
      [['dup2', 0, 1]],
      [
        ['close', 1],
        ['isOpen', 1],
      ],
    ],
  },
  { name: 'dup2 against dup2 the other way', open: [1, 2], threads: [[['dup2', 0, 1]], [['dup2', 1, 0]]] },
  { name: 'replace against close', open: [1], threads: [[['replace', 0, 2]], [['close', 0]]] },
  // ── What a handle allows: objects 8 and up can only be read ──
  { name: 'a look against dup2 of another mode', open: [1, 8], threads: [[['look', 0]], [['dup2', 1, 0]]], points: ALL },
  {
    name: 'a look against dup2 to and fro',
    open: [1, 8, 1],
    threads: [
      [['look', 0]],
      [
        ['dup2', 1, 0],
        ['dup2', 2, 0],
      ],
    ],
    preemptions: 4,
  },
  {
    name: 'a look against a new object of another mode',
    open: [1],
    threads: [
      [['look', 0]],
      [
        ['close', 0],
        ['insert', 8],
      ],
    ],
  },
  { name: 'a look against narrowing', open: [1], threads: [[['look', 0]], [['narrow', 0, 1]]], points: ALL },
  {
    name: 'borrow for writing against dup2 of another mode',
    open: [8, 1],
    threads: [
      [['borrow for', 0, 2]],
      [
        ['dup2', 1, 0],
        ['close', 1],
      ],
    ],
  },
  {
    name: 'borrow for writing against a new object of another mode',
    open: [1],
    threads: [
      [['borrow for', 0, 2]],
      [
        ['close', 0],
        ['insert', 8],
      ],
    ],
  },
  {
    name: 'get for writing against dup2 of another mode',
    open: [8, 1],
    threads: [
      [['get for', 0, 2]],
      [
        ['dup2', 1, 0],
        ['close', 1],
      ],
    ],
  },
  {
    name: 'get for writing against a new object of another mode',
    open: [1],
    threads: [
      [['get for', 0, 2]],
      [
        ['close', 0],
        ['insert', 8],
      ],
    ],
  },
  { name: 'get for writing against narrowing', open: [1], threads: [[['get for', 0, 2]], [['narrow', 0, 1]]] },
  {
    name: 'all that is known against dup2',
    open: [1, 8],
    threads: [[['info', 0]], [['dup2', 1, 0]]],
    points: ALL,
    preemptions: 4,
  },
  {
    name: 'all that is known against replace',
    open: [1],
    threads: [
      [['info', 0]],
      [
        ['replace', 0, 8],
        ['close', 0],
        ['insert', 2],
      ],
    ],
    preemptions: 4,
  },
  {
    name: 'all that is known against marking and narrowing',
    open: [1],
    threads: [
      [['info', 0]],
      [
        ['mark', 0],
        ['narrow', 0, 1],
      ],
    ],
  },
  {
    name: 'dup of a handle whose mode changes',
    open: [1],
    threads: [
      [['dup', 0]],
      [
        ['narrow', 0, 1],
        ['info', 1],
      ],
    ],
  },
  {
    name: 'dup of a handle that comes to name something else',
    open: [1, 8],
    threads: [
      [['dup', 0]],
      [
        ['dup2', 1, 0],
        ['info', 2],
      ],
    ],
    preemptions: 5,
  },
  {
    name: 'marking against narrowing',
    open: [1],
    threads: [
      [
        ['mark', 0],
        ['info', 0],
      ],
      [
        ['narrow', 0, 1],
        ['info', 0],
      ],
    ],
  },
  {
    name: 'marking against dup2',
    open: [1, 8],
    threads: [
      [['mark', 0]],
      [
        ['dup2', 1, 0],
        ['info', 0],
      ],
    ],
  },
  // ── All at once ──
  {
    name: 'closeAll against borrow',
    open: [1, 2],
    threads: [
      [['closeAll']],
      [
        ['borrow', 0],
        ['borrow', 1],
      ],
    ],
    preemptions: 5,
  },
  { name: 'closeAll against get', open: [1, 1], threads: [[['closeAll']], [['get', 1]]] },
  { name: 'closeAll against dup', open: [1, 2], threads: [[['closeAll']], [['dup', 1]]] },
  { name: 'closeAll against closeAll', open: [1, 2], threads: [[['closeAll']], [['closeAll']]] },
  { name: 'the last two owners', open: [1], threads: [[['dispose']], [['dispose']]], points: ALL, preemptions: 5 },
  { name: 'an owner leaves while another one uses', open: [1], threads: [[['dispose']], [['borrow', 0], ['dispose']]] },
  { name: 'a reference outlives the table', open: [1], threads: [[['dispose']], [['keep', 0], ['dispose'], ['let go']]] },
  // ── The lock is handed over ──
  { name: 'two inserters and a remover', open: [1], threads: [[['insert', 2]], [['insert', 3]], [['close', 0]]], preemptions: 3 },
  {
    name: 'lock handed over by three',
    open: [1, 2, 3],
    threads: [[['close', 0]], [['close', 1]], [['close', 2]]],
    points: /^(lock: (listed|taken|giving up)|clear: done)/,
    preemptions: 3,
  },
  // ── Three threads ──
  {
    name: 'borrow, get and close',
    open: [1],
    threads: [
      [['borrow', 0]],
      [['get', 0]],
      [
        ['close', 0],
        ['insert', 2],
      ],
    ],
    preemptions: 3,
  },
  {
    name: 'borrow, dup and close',
    open: [1],
    threads: [
      [['borrow', 0]],
      [
        ['dup', 0],
        ['close', 1],
      ],
      [['close', 0]],
    ],
    preemptions: 3,
  },
  {
    name: 'two borrowers and a replacer',
    open: [1],
    threads: [[['borrow', 0]], [['borrow', 0]], [['replace', 0, 2]]],
    preemptions: 3,
  },
  { name: 'two getters and a replacer', open: [1], threads: [[['get', 0]], [['get', 0]], [['replace', 0, 2]]], preemptions: 3 },
  {
    name: 'two dup2 to one number',
    open: [1, 2, 3],
    threads: [
      [['dup2', 0, 2]],
      [['dup2', 1, 2]],
      [
        ['borrow', 2],
        ['close', 2],
      ],
    ],
    preemptions: 3,
  },
  {
    name: 'three owners leave',
    open: [1],
    threads: [[['dispose']], [['dispose']], [['borrow', 0], ['dispose']]],
    preemptions: 3,
  },
  // ── Waiting ──
  { name: 'read against write', open: [], channel: [0, 1], threads: [[['read', 0]], [['write', 1]]], points: WAITING },
  { name: 'read against the end', open: [], channel: [0, 1], threads: [[['read', 0]], [['close', 1]]], points: WAITING },
  {
    name: 'read against write and end',
    open: [],
    channel: [0, 1],
    threads: [
      [
        ['read', 0],
        ['read', 0],
      ],
      [
        ['write', 1],
        ['close', 1],
      ],
    ],
    points: WAITING,
    preemptions: 4,
  },
  {
    name: 'read of a closed handle',
    open: [],
    channel: [0, 1],
    threads: [
      [['read', 0]],
      [
        ['close', 0],
        ['write', 1],
      ],
    ],
    points: WAITING,
  },
  {
    name: 'two readers and a writer',
    open: [],
    channel: [0, 1],
    threads: [
      [['read', 0]],
      [['read', 0]],
      [
        ['write', 1],
        ['write', 1],
      ],
    ],
    points: WAITING,
    preemptions: 3,
  },
  {
    name: 'two readers and the end',
    open: [],
    channel: [0, 1],
    threads: [[['read', 0]], [['read', 0]], [['close', 1]]],
    points: WAITING,
    preemptions: 3,
  },
  {
    name: 'a reader, a writer and the end',
    open: [],
    channel: [0, 1],
    threads: [
      [
        ['read', 0],
        ['read', 0],
      ],
      [['write', 1]],
      [['close', 1]],
    ],
    points: WAITING,
    preemptions: 3,
  },
]

/** The program of a name. */
export function programNamed(name: string): Program {
  const found = programs.find((program) => program.name === name)
  if (found === undefined) throw new Error(`there is no program "${name}"`)
  return found
}
