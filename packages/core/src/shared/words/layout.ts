/*
 * Where everything lies in a kernel's memory. Addresses are indices of 32-bit words, and sizes are words,
 * unless a name says bytes. The order of the areas:
 *
 *   header | threads | accounts | held counts | held operations | attention | records | directory of tables | names |
 *   page runs | accounts of page runs | pages
 *
 * A record is never used for anything else than a record, so a lookup that comes late finds a count there,
 * never other data. What has to be shared and is no record or thread is made of pages.
 */

/** Says that a memory is one of ours ("htsm"). */
export const MAGIC = 0x6d737468
/** Changes with every change of what is written here: threads with different layouts cannot share a memory. */
export const LAYOUT_VERSION = 4

/** How many threads a memory can have attached if its maker does not say. */
export const DEFAULT_THREADS = 64
/** How many it can have at most: a thread's number and 1 fits in 12 bits, where words name a thread beside other things. */
export const MOST_THREADS = 4094
/** The words of a page, 4096 bytes. */
export const PAGE_WORDS = 1024
export const PAGE_BYTES = PAGE_WORDS * 4

/* ── Header ── */
export const H_MAGIC = 0
export const H_VERSION = 1
/** Four random words: which memory this is, though it arrives as another object each time that it is posted. */
export const H_ID = 2
export const H_OBJECTS = 6
export const H_TABLES = 7
export const H_PAGES = 8
export const H_HELD = 9
export const H_HELD_OPERATIONS = 10
export const H_RECORDS = 11
export const H_DIRECTORY = 12
export const H_NAMES = 13
export const H_NAME_WORDS = 14
export const H_RUNS = 15
export const H_FIRST_PAGE = 16
/** The thread that serves: it releases what the others cannot, and repairs what the dead leave behind. */
export const H_SERVER = 17
/** How many threads may run at once on this machine, for the decision to spin. */
export const H_CORES = 18
/** A bit for each thread and record: the record wants something of the thread. */
export const H_ATTENTION = 20
/** How many threads can be attached at once. */
export const H_THREAD_LIMIT = 21
/** Where the accounts are, and the numbers of those that runs of pages are charged to. */
export const H_ACCOUNTS = 22
export const H_PAYERS = 23
/** Every thread number that was ever taken is below it. Guarded by {@link H_LOCK}. */
export const H_THREADS = 19
/** The mutex of everything here that is allotted: threads, records, tables, names, pages. */
export const H_LOCK = 32
/** The first free record, or 0. Guarded by {@link H_LOCK}. */
export const H_FREE_RECORD = 48
/** How many records, and pages, are in use. Guarded by {@link H_LOCK}. */
export const H_RECORDS_USED = 49
export const H_PAGES_USED = 50
/** Where the search for free pages begins. Guarded by {@link H_LOCK}. */
export const H_PAGE_HINT = 51
/** Words of names that are written. Guarded by {@link H_LOCK}. */
export const H_NAMES_USED = 52
/** The number that the last record was given. Guarded by {@link H_LOCK}. */
export const H_LAST_ID = 53
/** Threads that block now and then, and are not asleep now. One that waits in its event loop takes no core. */
export const H_AWAKE = 64
export const HEADER_WORDS = 128

/* ── A thread ── */
export const THREAD_WORDS = 256
/** FREE, EXPECTED and a turn, ATTACHED or DEAD. */
export const T_STATE = 0
/** Counts the rings. Its thread sleeps on this word. */
export const T_DOORBELL = 16
/** Whom to serve: the bits of the threads whose calls wait here, as in a wait queue. */
export const T_INBOX = 17
/** Whether records want something of this thread: those whose bits are set in its row of the attention area. */
export const T_ATTENTION = 19
/** Signals that its task has been sent, a bit each; what they mean is the kernel's business. */
export const T_SIGNALS = 20
/** How often it was told of a change of a queue, where threads have bits in common. */
export const T_CHANGES = 26
/** 1 while it is counted in {@link H_AWAKE}. */
export const T_AWAKE = 21
/** How often the number was taken: tells a thread from a later one with the same number. */
export const T_TURN = 22
/** Whether it holds the lock that tells of its end, where nothing else does; and the queue of those that wait for it. */
export const T_LIFELINE = 23
export const T_LIFELINE_QUEUE = 24
/** The account that it is charged to; 0 for none. */
export const T_ACCOUNT = 27
/** Records that this thread is using without having counted itself, each in a word of its own. */
export const T_HAZARDS = 32
export const HAZARDS = 32
/** How many of these words were ever in use: a search need not go beyond. */
export const T_HAZARDS_USED = 64
/** Addresses of the locks that this thread holds or is about to take, the first ones first. */
export const T_LOCKS = 65
export const LOCKS = 6
/** Calls that this thread makes into others, one for each level of calls within calls. */
export const T_CALLS = 80
export const CALL_LEVELS = 4
export const CALL_WORDS = 8

export const FREE = 0
/** Reserved for a worker that is being started; its turn stands above these two bits. */
export const EXPECTED = 1
export const TURN_SHIFT = 2
export const ATTACHED = 2
/** Ended, and not yet cleaned up after. */
export const DEAD = 3

/* ── An account: as many as there can be threads; number 0 has no limits ── */
export const ACCOUNT_WORDS = 16
/** 0, or the thread that made it, and 1. */
export const A_STATE = 0
/** How often the number was given back. */
export const A_TURN = 1
/** What is charged to it, a word for each sort: PAGES, RECORDS, TABLES, NAMES. Guarded by {@link H_LOCK}. */
export const A_USED = 4
/** The most of each sort. */
export const A_LIMITS = 8
export const PAGES = 0
export const RECORDS = 1
export const TABLES = 2
/** Of names the words. */
export const NAMES = 3
export const KINDS_OF_CHARGES = 4

/* ── A record: one open object. Its address is a multiple of its size, which leaves a slot's word bits to spare ── */
export const RECORD_SHIFT = 5
export const RECORD_WORDS = 1 << RECORD_SHIFT
/** References in the low 16 bits, holders above them: one step counts both. 0: it may not be used any more. */
export const R_COUNT = 0
/** UNUSED, or who made it and whether it is whole. */
export const R_STATE = 1
/** APPEND, NONBLOCK, SYNC. */
export const R_STATUS = 2
/** Operations that wait. */
export const R_OPERATIONS = 3
/** Last holders that went while an operation waited, and are not told yet. */
export const R_OWED = 4
/** The number of the object. */
export const R_ID = 5
/** The number of its kind among the names. */
export const R_KIND = 6
export const R_ACCESS = 7
export const R_INFERRED = 8
/** The account that it is charged to. */
export const R_ACCOUNT = 9
/** The thread where it is at home, and 1; 0 for one that lives here. */
export const R_HOME = 11
/** In {@link R_HOME}: its home has ended. */
export const HOME_GONE = 0xffff
/** The thread that releases it once its count is 0, plus 1. */
export const R_RELEASER = 12
/** The next free record, or 0. */
export const R_NEXT = 13
/** Drops of holders that its home has not been told of. */
export const R_UNTOLD = 15
/** Those who wait for a change of an object that is at home elsewhere: a wait queue. */
export const R_QUEUE = 17

/** What the kind keeps for it: words that only the kind understands. */
export const R_OWN = 20
export const OWN_WORDS = RECORD_WORDS - R_OWN

export const UNUSED = 0
/** In {@link R_STATE}: made by the thread in the bits above, and not whole yet. */
export const MAKING = 1
/** In {@link R_STATE}: whole. */
export const WHOLE = 2
/** In {@link R_STATE}: its release hook has run, and the record is all that is left of it. */
export const RELEASED = 3

export const HOLDER = 0x10000
export const REFERENCE = 1
export const MOST_REFERENCES = 0xffff
export const MOST_HOLDERS = 0x7fff
/**
 * In a thread's row of operations, which are its low 15 bits: the thread has ended the last operation of all, and has
 * not looked for what is to be told then.
 */
export const ENDED = 0x8000
/** In the same row: a holder that the thread has counted off, and not told the kind of yet. */
export const DROP = 0x10000

/* ── A wait queue: two words of bits. Threads whose numbers are equal modulo 64 have a bit in common ── */
export const QUEUE_WORDS = 2
export const QUEUE_BITS = QUEUE_WORDS * 32

/* ── A table: made of pages ── */
export const TABLE_LOCK = 0
export const TABLE_NUMBER = 16
export const TABLE_CAPACITY = 17
export const TABLE_LIMIT = 18
export const TABLE_OPEN = 19
/** Every slot that was ever taken is below it. */
export const TABLE_TAKEN = 20
/** The number of the table, never given twice: a token of a table that has ended finds another one. */
export const TABLE_ID = 21
export const TABLE_LEVELS = 22
/** Addresses of the levels of its set of numbers, relative to the table: at most four. */
export const TABLE_BITS = 23
export const TABLE_SLOTS = 27
/** How many owners each thread has, a word for each thread that the memory can have. */
export const TABLE_OWNERS = 32

/* ── A slot ── */
export const SLOT_WORDS = 4
/*
 * The first word: SLOT_FREE; below it, the number of the thread that reserved it, and 1, made negative; above it, the
 * object and what the handle allows: SLOT_RECORD, SLOT_BITS, SLOT_TURN. They are in one word so that one look gives all
 * of them, and one step changes them.
 */
/** The handle's role, in one of two words. The other one is written before the step that makes it the current one. */
export const SLOT_ROLES = 1
export const SLOT_GENERATION = 3
export const SLOT_FREE = 0
/** In the word of an open slot: the address of the record. */
export const SLOT_RECORD = -RECORD_WORDS
/** In the word of an open slot: the access mode and close-on-exec, where packed metadata has them. */
export const SLOT_BITS = 7
/** In the word of an open slot: that the second word of the role is the current one. */
export const SLOT_TURN = 8

/* ── Runs of pages ── */
/** The word of a page that is not the first of its run. */
export const RUN_GOES_ON = -1
/** In the word of a run's first page, below its length: who answers for it. */
export const RUN_OWNED = 0xfff
export const RUN_SHIFT = 12
