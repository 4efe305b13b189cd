import { HandleError } from '../../errors/handle-error.js'
import { checkFunction, checkInteger, invalid } from '../../errors/check.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { Kind } from '../../kind/kind.js'
import type { Kinds } from '../../kind/registry.js'
import type { SharedMemory } from '../../shared/thread/memory.js'
import type { Awaitable, KindDescription, Opened, OpenedPair } from '../kind/description.js'
import type { ConformanceWorker } from './partner.js'

/** What {@link testSharedKind} is told of a kind whose objects live in shared memory. `open` or `pair` is needed. */
export interface SharedKindDescription extends Pick<KindDescription, 'dup' | 'unit' | 'positions' | 'payload' | 'echoes'> {
  readonly kind: Kind
  /** The kinds that both threads have. The one kind by default. */
  readonly kinds?: Kinds
  /** Starts a worker whose module calls `serveConformance` with the same kinds. Each rule starts its own, and ends it. */
  startWorker(): Awaitable<ConformanceWorker>
  /** As in {@link KindDescription}, in a memory. */
  open?(memory: SharedMemory): Awaitable<KernelObject | Opened>
  /** As in {@link KindDescription}, in a memory. */
  pair?(memory: SharedMemory): Awaitable<OpenedPair>
  /** Of a pair of sockets: its rules run in both directions, and datagrams have no end of file. */
  readonly sockets?: { readonly type: 'stream' | 'datagram' }
  /**
   * Counts what objects of this kind hold outside of core, in all threads together. The suite itself counts the objects
   * and pages of the memory.
   */
  held?(memory: SharedMemory): number
  /** The size of the memory that each rule makes. Defaults to 4 MiB. */
  readonly memoryBytes?: number
  /** How long something that must happen is waited for. Defaults to a minute, which a busy machine may need. */
  readonly patienceMs?: number
}

const syscall = 'testSharedKind'

/** @throws EINVAL that names what is wrong with a description */
export function checkSharedDescription(description: SharedKindDescription): void {
  if (typeof description !== 'object' || (description as unknown) === null) {
    throw invalid('description', 'an object', description, syscall)
  }
  const { kind, startWorker, open, pair, held, payload, sockets, patienceMs } = description
  if (typeof (kind as Kind | undefined)?.shared?.attach !== 'function') {
    throw invalid('kind', 'a kind that says how its objects live in shared memory', kind, syscall)
  }
  checkFunction(startWorker, 'startWorker', syscall)
  for (const [name, f] of Object.entries({ open, pair, held })) if (f !== undefined) checkFunction(f, name, syscall)
  if (open === undefined && pair === undefined) {
    throw new HandleError('EINVAL', { text: 'open or pair must be given', syscall })
  }
  if (sockets !== undefined && !['stream', 'datagram'].includes((sockets as { type?: string } | null)?.type ?? '')) {
    throw invalid('sockets.type', 'stream or datagram', sockets, syscall)
  }
  if (payload !== undefined && !(payload.length >= 1 && payload.length <= 4096)) {
    throw invalid('payload', '1 to 4096 bytes', payload, syscall)
  }
  if (patienceMs !== undefined) checkInteger(patienceMs, 'patienceMs', 1, 2 ** 30, syscall)
}
