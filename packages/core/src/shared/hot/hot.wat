;; The steps of a shared table that are made most, in one piece each. None has a loop and none calls, also no function
;; of this module: a thread dies at the head of a function or a loop, so it does not die within one, and what stands behind
;; an atomic step here needs no bookkeeping of its own. What is not usual
;; (a lock that is held, counts without room, another number of levels) answers a negative number before anything has
;; been changed, and the JavaScript beside it takes over.
;;
;; Addresses are indices of words. Names in braces are those of layout.ts.
(module
  (import "memory" "memory" (memory 1 65536 shared))

  ;; Protects what a slot names whose handle has this mode: the slot's word; 0 when it is not open, or has another mode;
  ;; -1 when it has changed meanwhile.
  (func (export "borrow") (param $slot i32) (param $hazard i32) (param $mode i32) (result i32) (local $word i32)
    (local.set $slot (i32.mul (i32.const 4) (local.get $slot)))
    (local.set $hazard (i32.mul (i32.const 4) (local.get $hazard)))
    (local.set $word (i32.load (local.get $slot)))
    (if (i32.le_s (local.get $word) (i32.const {SLOT_FREE})) (then (return (i32.const 0))))
    (if (i32.ne (i32.and (local.get $word) (local.get $mode)) (local.get $mode)) (then (return (i32.const 0))))
    (i32.atomic.store (local.get $hazard) (i32.and (local.get $word) (i32.const {SLOT_RECORD})))
    (if (i32.ne (i32.atomic.load (local.get $slot)) (local.get $word))
      (then
        (i32.store (local.get $hazard) (i32.const 0))
        (return (i32.const -1))))
    (local.get $word))

  ;; Counts a reference of what a slot names whose handle has this mode, and this thread's: the slot's word; 0 when it is
  ;; not open, or has another mode; -1 to try again or more slowly; the word's negative when the reference has to be given
  ;; back, since the slot has changed.
  (func (export "retain") (param $slot i32) (param $rows i32) (param $records i32) (param $mode i32) (result i32)
    (local $word_at i32) (local $word i32) (local $record i32) (local $count i32)
    (local.set $slot (i32.mul (i32.const 4) (local.get $slot)))
    (local.set $word (i32.load (local.get $slot)))
    (if (i32.le_s (local.get $word) (i32.const {SLOT_FREE})) (then (return (i32.const 0))))
    (if (i32.ne (i32.and (local.get $word) (local.get $mode)) (local.get $mode)) (then (return (i32.const 0))))
    (local.set $record (i32.and (local.get $word) (i32.const {SLOT_RECORD})))
    (local.set $count (i32.load (i32.mul (i32.const 4) (local.get $record))))
    ;; None is left, or there is no room for one more.
    (if (i32.ge_u (i32.sub (i32.and (local.get $count) (i32.const {MOST_REFERENCES})) (i32.const 1)) (i32.const {MOST_MINUS_1}))
      (then (return (i32.const -1))))
    (if (i32.ne
          (i32.atomic.rmw.cmpxchg (i32.mul (i32.const 4) (local.get $record)) (local.get $count) (i32.add (local.get $count) (i32.const 1)))
          (local.get $count))
      (then (return (i32.const -1))))
    (local.set $word_at (i32.mul (i32.const 4) (i32.add (local.get $rows)
      (i32.shr_u (i32.sub (local.get $record) (local.get $records)) (i32.const 5)))))
    (i32.store (local.get $word_at) (i32.add (i32.load (local.get $word_at)) (i32.const 1)))
    (if (i32.ne (i32.atomic.load (local.get $slot)) (local.get $word))
      (then (return (i32.sub (i32.const 0) (local.get $word)))))
    (local.get $word))

  ;; Counts less of a record, and of this thread's: what is left. With the last reference this thread is to release it.
  (func (export "drop") (param $record i32) (param $row i32) (param $change i32) (param $self i32) (result i32)
    (local $word_at i32) (local $left i32)
    (local.set $left (i32.sub
      (i32.atomic.rmw.sub (i32.mul (i32.const 4) (local.get $record)) (local.get $change))
      (local.get $change)))
    (local.set $word_at (i32.mul (i32.const 4) (local.get $row)))
    (i32.store (local.get $word_at) (i32.add (i32.load (local.get $word_at)) (i32.sub (i32.const 0) (local.get $change))))
    (if (i32.eqz (local.get $left))
      (then (i32.store (i32.mul (i32.const 4) (i32.add (local.get $record) (i32.const {R_RELEASER}))) (local.get $self))))
    (local.get $left))

  ;; Gives one of this thread's holders the lowest free number of a table with two levels, whose slot gets this word and
  ;; role: the number, with {RING} when the lock has to be notified; -1 to go the slow way.
  (func (export "insert") (param $self i32) (param $table i32) (param $slot_word i32) (param $role i32)
      (param $rows i32) (param $records i32) (result i32)
    (local $word_at i32) (local $t i32) (local $summary i32) (local $word i32) (local $bits i32) (local $free i32) (local $handle i32) (local $slot i32)
    (local.set $t (i32.mul (i32.const 4) (local.get $table)))
    (if (i32.ne (i32.load (i32.add (local.get $t) (i32.const {TABLE_LEVELS*4}))) (i32.const 2)) (then (return (i32.const -1))))
    (local.set $summary (i32.add (local.get $t) (i32.mul (i32.const 4) (i32.load (i32.add (local.get $t) (i32.const {TABLE_BITS_1*4}))))))
    (if (i32.atomic.rmw.cmpxchg (i32.add (local.get $t) (i32.const {TABLE_LOCK*4})) (i32.const 0) (local.get $self))
      (then (return (i32.const -1))))
    (local.set $free (i32.xor (i32.load (local.get $summary)) (i32.const -1)))
    (local.set $word (i32.ctz (local.get $free)))
    (local.set $bits (i32.add
      (i32.add (local.get $t) (i32.mul (i32.const 4) (i32.load (i32.add (local.get $t) (i32.const {TABLE_BITS*4})))))
      (i32.mul (i32.const 4) (local.get $word))))
    (if (local.get $free)
      (then
        (local.set $handle (i32.add (i32.shl (local.get $word) (i32.const 5))
          (i32.ctz (i32.xor (i32.load (local.get $bits)) (i32.const -1))))))
      (else (local.set $handle (i32.const 0x7fffffff))))
    (if (i32.ge_s (local.get $handle) (i32.load (i32.add (local.get $t) (i32.const {TABLE_LIMIT*4}))))
      (then
        (return (select (i32.const {FULL_AND_RING}) (i32.const {FULL})
          (i32.and (i32.atomic.rmw.xchg (i32.add (local.get $t) (i32.const {TABLE_LOCK*4})) (i32.const 0)) (i32.const {WAITERS}))))))
    (i32.store (local.get $bits) (i32.or (i32.load (local.get $bits)) (i32.shl (i32.const 1) (local.get $handle))))
    (if (i32.eq (i32.load (local.get $bits)) (i32.const -1))
      (then (i32.store (local.get $summary) (i32.or (i32.load (local.get $summary)) (i32.shl (i32.const 1) (local.get $word))))))
    (local.set $slot (i32.mul (i32.const 4) (i32.add
      (i32.add (local.get $table) (i32.load (i32.add (local.get $t) (i32.const {TABLE_SLOTS*4}))))
      (i32.shl (local.get $handle) (i32.const 2)))))
    (i32.store (i32.add (local.get $slot) (i32.const {SLOT_ROLES*4})) (local.get $role))
    (local.set $word_at (i32.add (local.get $slot) (i32.const {SLOT_GENERATION*4})))
    (i32.store (local.get $word_at) (i32.add (i32.load (local.get $word_at)) (i32.const 1)))
    (i32.atomic.store (local.get $slot) (local.get $slot_word))
    ;; The low bits, which are the handle's, fall out here.
    (local.set $word_at (i32.mul (i32.const 4) (i32.add (local.get $rows)
      (i32.shr_u (i32.sub (local.get $slot_word) (local.get $records)) (i32.const 5)))))
    (i32.store (local.get $word_at) (i32.add (i32.load (local.get $word_at)) (i32.const {MINUS_HOLDER})))
    (local.set $word_at (i32.add (local.get $t) (i32.const {TABLE_OPEN*4})))
    (i32.store (local.get $word_at) (i32.add (i32.load (local.get $word_at)) (i32.const 1)))
    (if (i32.ge_s (local.get $handle) (i32.load (i32.add (local.get $t) (i32.const {TABLE_TAKEN*4}))))
      (then (i32.store (i32.add (local.get $t) (i32.const {TABLE_TAKEN*4})) (i32.add (local.get $handle) (i32.const 1)))))
    (i32.or (local.get $handle)
      (select (i32.const {RING}) (i32.const 0) (i32.and (i32.atomic.rmw.xchg (i32.add (local.get $t) (i32.const {TABLE_LOCK*4})) (i32.const 0)) (i32.const {WAITERS})))))

  ;; Frees an open slot of a table with two levels, whose holder is this thread's then: the slot's word, or 0 when it
  ;; is not open, either with {RING} when the lock has to be notified; -1 to go the slow way.
  (func (export "remove") (param $self i32) (param $table i32) (param $handle i32) (param $rows i32) (param $records i32)
      (result i32)
    (local $word_at i32) (local $t i32) (local $bits i32) (local $slot i32) (local $word i32)
    (local.set $t (i32.mul (i32.const 4) (local.get $table)))
    (if (i32.ne (i32.load (i32.add (local.get $t) (i32.const {TABLE_LEVELS*4}))) (i32.const 2)) (then (return (i32.const -1))))
    (local.set $slot (i32.mul (i32.const 4) (i32.add
      (i32.add (local.get $table) (i32.load (i32.add (local.get $t) (i32.const {TABLE_SLOTS*4}))))
      (i32.shl (local.get $handle) (i32.const 2)))))
    (if (i32.atomic.rmw.cmpxchg (i32.add (local.get $t) (i32.const {TABLE_LOCK*4})) (i32.const 0) (local.get $self))
      (then (return (i32.const -1))))
    (local.set $word (i32.load (local.get $slot)))
    (if (i32.le_s (local.get $word) (i32.const {SLOT_FREE}))
      (then (local.set $word (i32.const 0)))
      (else
        ;; Giving up the lock is a fence, and comes before anybody drops what the slot held: a plain store will do.
        (i32.store (local.get $slot) (i32.const {SLOT_FREE}))
        (local.set $word_at (i32.mul (i32.const 4) (i32.add (local.get $rows)
      (i32.shr_u (i32.sub (local.get $word) (local.get $records)) (i32.const 5)))))
    (i32.store (local.get $word_at) (i32.add (i32.load (local.get $word_at)) (i32.const {PLUS_HOLDER})))
        (local.set $word_at (i32.add (local.get $t) (i32.const {TABLE_OPEN*4})))
    (i32.store (local.get $word_at) (i32.add (i32.load (local.get $word_at)) (i32.const -1)))
        (local.set $bits (i32.add
          (i32.add (local.get $t) (i32.mul (i32.const 4) (i32.load (i32.add (local.get $t) (i32.const {TABLE_BITS*4})))))
          (i32.mul (i32.const 4) (i32.shr_u (local.get $handle) (i32.const 5)))))
        (i32.store (local.get $bits)
          (i32.and (i32.load (local.get $bits)) (i32.xor (i32.shl (i32.const 1) (local.get $handle)) (i32.const -1))))
        (local.set $bits (i32.add (local.get $t) (i32.mul (i32.const 4) (i32.load (i32.add (local.get $t) (i32.const {TABLE_BITS_1*4}))))))
        (i32.store (local.get $bits)
          (i32.and (i32.load (local.get $bits))
            (i32.xor (i32.shl (i32.const 1) (i32.shr_u (local.get $handle) (i32.const 5))) (i32.const -1))))))
    (i32.or (local.get $word)
      (select (i32.const {RING}) (i32.const 0) (i32.and (i32.atomic.rmw.xchg (i32.add (local.get $t) (i32.const {TABLE_LOCK*4})) (i32.const 0)) (i32.const {WAITERS})))))
)
