/*
 * The words by which the threads of one exploration take turns: only one of them runs at a time, and whoever
 * stops says who is next. They are apart from the memory that is tried.
 */

/** How many threads take turns at most. */
export const MOST_THREADS = 3
/** How many places there can be in a run where two threads or more could go on. */
export const MOST_CHOICES = 500
/** How many operations a thread's program has at most. */
export const MOST_OPERATIONS = 8

/** A word for each thread, a cache line apart: 1 while it is its turn. */
export const TURN = 0
export const TURN_APART = 16
/** Of each thread: RUNNABLE, BLOCKED or DONE. */
export const STATUS = TURN + TURN_APART * MOST_THREADS
/** What a blocked thread waits for: that the word at this address is not this value. */
export const BLOCKED_AT = STATUS + MOST_THREADS
export const BLOCKED_VALUE = BLOCKED_AT + MOST_THREADS
/** What a partner is to do when it is its turn: one of the orders below. */
export const ORDER = BLOCKED_VALUE + MOST_THREADS
/** The index of the program, and the two numbers of the table's token. */
export const PROGRAM = ORDER + 1
export const TABLE = PROGRAM + 1
export const TABLE_ID = TABLE + 1
/** How many threads take part. */
export const THREADS = TABLE_ID + 1
/** Why the run was given up: 0 or a {@link Fault}. */
export const FAULT = THREADS + 1
/** What more there is to say about it. */
export const FAULT_DETAIL = FAULT + 1
/** How many choices the run has made. */
export const CHOICES = FAULT_DETAIL + 1
/** How many choices are given; what comes after them is chosen with as few switches as can be. */
export const GIVEN = CHOICES + 1
/** Counts beginnings and ends of operations. */
export const CLOCK = GIVEN + 1
/** Counts turns that were handed over. */
export const SWITCHES = CLOCK + 1
/** How many partners are there. */
export const PARTNERS = SWITCHES + 1
/** Of each choice: who was chosen, who could have been (a bit each), who came to it, where. */
export const CHOSEN = PARTNERS + 1
export const ENABLED = CHOSEN + MOST_CHOICES
export const CAME = ENABLED + MOST_CHOICES
export const POINT = CAME + MOST_CHOICES
/** Of each operation of each thread: when it began, when it ended, what came back. */
export const BEGAN = POINT + MOST_CHOICES
export const ENDED = BEGAN + MOST_THREADS * MOST_OPERATIONS
export const RESULT = ENDED + MOST_THREADS * MOST_OPERATIONS
/** How often each object was released, by its number. */
export const RELEASED = RESULT + MOST_THREADS * MOST_OPERATIONS
export const MOST_OBJECTS = 16
export const CONTROL_WORDS = RELEASED + MOST_OBJECTS

export const RUNNABLE = 0
export const BLOCKED = 1
export const DONE = 2

/** Orders to partners: attach to the table, run the program, leave the table. */
export const ATTACH = 1
export const RUN = 2
export const LEAVE = 3

/** What can be wrong with a run before its outcome is looked at. */
export const FAULTS = [
  'none',
  'all threads wait for ever',
  'a released object was used',
  'an object became another one while it was used',
  "somebody's data was changed",
  'something unexpected was thrown',
  'the run was not the same as the one before it',
] as const
export type Fault = (typeof FAULTS)[number]
