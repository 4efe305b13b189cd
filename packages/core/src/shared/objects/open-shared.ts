import { invalid } from '../../errors/check.js'
import { HandleError } from '../../errors/handle-error.js'
import { Reference } from '../../object/reference.js'
import { accessBits } from '../../object/access.js'
import { objectAt } from './object-at.js'
import { OWN_WORDS } from '../words/layout.js'
import { makeRecord } from './records.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { Kind, OpenOptions } from '../../kind/kind.js'
import type { SharedHooks } from '../../kind/shared-hooks.js'
import type { ObjectMemory } from './shared-object.js'

/** Options of {@link openShared}. */
export interface OpenSharedOptions extends OpenOptions {
  /** Initial values of its own words, at most twelve. The others are 0. */
  readonly own?: readonly number[]
}

/**
 * Makes an open object that lives in shared memory. The returned reference is its first holder, and the caller's.
 *
 * @throws EINVAL for a kind whose objects do not live there, or that this thread attached without, or options that are
 *   wrong; ENOMEM when all records are
 *   in use; what `attach` throws. Then nothing has been made
 */
export function openShared<S, N extends string>(
  memory: ObjectMemory,
  kind: Kind<S, N>,
  options: OpenSharedOptions = {},
): KernelObject<N> {
  const syscall = 'openShared'
  memory.checkAttached(syscall)
  const { accessMode = 'ReadWrite', status = 0, own = [] } = options
  const access = accessBits(accessMode)
  if (access === 0) throw invalid('accessMode', 'ReadOnly, WriteOnly or ReadWrite', accessMode, syscall)
  if (own.length > OWN_WORDS) throw invalid('own', `at most ${String(OWN_WORDS)} numbers`, own, syscall)
  if (typeof (kind.shared as SharedHooks<S> | null | undefined)?.attach !== 'function')
    throw invalid('kind', 'a kind that says how its objects live in shared memory', kind.name, syscall)
  if (!memory.bindings.has(kind))
    throw new HandleError('EINVAL', { text: `kind ${kind.name} is not among the kinds that this thread attached with`, syscall })
  const number = memory.bindings.numberOf(kind)
  const counts = { holders: 1, references: 1 }
  const record = makeRecord(memory, { kind: number, access, status, inferred: -1, own, home: undefined, ...counts }, syscall)
  return new Reference(objectAt(memory, record), true) as KernelObject as KernelObject<N>
}
