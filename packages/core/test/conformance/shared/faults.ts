/** What a reference kind can do wrong: each is one rule of threads that it breaks. */
export type Fault =
  | 'bytes of its own in each thread'
  | 'no wake'
  | 'no wake at a close'
  | 'a wait queue of its own in each thread'
  | 'peers of its own in each thread'
  | 'references count as peers'
  | 'no end of file'
  | 'no broken pipe'
  | 'readiness as it was at first'
  | 'released twice'
  | 'pages kept'
  | 'offset of its own in each thread'
  | 'offset moved in two steps'
  | 'length of its own in each thread'
  | 'flags as they were at first'

/** What the worker of a rule is given. */
export interface Given {
  readonly kind: 'channel' | 'file' | 'mailbox'
  readonly fault?: Fault | undefined
  /** A word that counts what objects hold, in all threads. */
  readonly held: Int32Array<SharedArrayBuffer>
}
