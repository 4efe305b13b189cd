import { invalid, checkInteger, checkFunction } from '../errors/check.js'
import { accessBits, STATUS } from '../object/access.js'
import { BRAND, MAJOR } from '../object/brand.js'
import { PrivateObject } from '../object/private-object.js'
import { firstReference } from '../object/reference.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { Kind, KindDefinition, Provision, ReadyHooks } from './kind.js'

const TEXTS = ['package', 'version'] as const
const HOOKS = ['inferMetadata', 'cloneForDup', 'dropHolder', 'release', 'describe'] as const

/**
 * Makes a kind. `S` is its state for each open object, and `N` its name, by which types know the capabilities of its
 * objects (`KnownKinds`). If you write out `S`, write out `N` too.
 *
 * No hook is called while a table is locked, so a hook may use any table. If a hook throws, the operation that called
 * it is undone. If it throws while something is closed, that call throws the error after everything has been closed.
 *
 * @example
 * const queueKind = defineKind<{ messages: Uint8Array[] }, 'acme-queue'>({
 *   name: 'acme-queue',
 *   capabilities: [implement(StreamOps, {
 *     write: (queue, bytes) => queue.state.messages.push(new Uint8Array(bytes)) && bytes.length,
 *   })],
 * })
 * export const createQueue = () => queueKind.open({ messages: [] })
 * @throws EINVAL that names the wrong field of the definition
 */
export function defineKind<S, const N extends string = string>(definition: KindDefinition<S, N>): Kind<S, N> {
  const wrong = (field: string, wanted: string, got: unknown) => invalid(field, wanted, got, 'defineKind')
  if (typeof definition !== 'object' || (definition as unknown) === null) throw wrong('definition', 'an object', definition)
  const {
    name,
    type = 0,
    capabilities = [],
    ready,
    shared,
    inferMetadata,
    cloneForDup,
    dropHolder,
    release,
    describe,
  } = definition
  if (typeof name !== 'string' || name === '') throw wrong('name', 'a text', name)
  checkInteger(type, 'type', 0, 1023, 'defineKind')
  for (const field of TEXTS) {
    if (!['string', 'undefined'].includes(typeof definition[field])) throw wrong(field, 'a text', definition[field])
  }
  for (const hook of HOOKS) {
    if (definition[hook] !== undefined) checkFunction(definition[hook], hook, 'defineKind')
  }
  const { now, changes } = (ready as ReadyHooks<S> | null | undefined) ?? {}
  if (ready !== undefined && !(typeof now === 'function' && typeof changes === 'function')) {
    throw wrong('ready', 'an object with now and changes', ready)
  }
  if (!Array.isArray(capabilities)) throw wrong('capabilities', 'a list of what implement() returns', capabilities)
  const methods = Object.create(null) as Record<string, object>
  for (const provision of capabilities as readonly Provision<S>[]) {
    const capability = (provision as Partial<Provision<S>> | null | undefined)?.capability?.name
    if (capability === undefined) throw wrong('capabilities', 'a list of what implement() returns', capabilities)
    if (methods[capability] !== undefined) throw wrong('capabilities', `free of a second ${capability}`, capabilities)
    methods[capability] = provision.methods
  }
  const kind: Kind<S, N> = {
    // Each hook by its name, undefined or not: all kinds have one shape, so that calls stay fast, and what a
    // definition inherits counts too.
    ...({ name, inferMetadata, cloneForDup, dropHolder, release, describe, ready, shared } as KindDefinition<S, N>),
    package: definition.package ?? name,
    version: definition.version ?? 'of unknown version',
    type,
    capabilities,
    methods: Object.freeze(methods),
    open(state, options = {}) {
      if ((options as unknown) === null) throw invalid('options', 'an object', options, 'open')
      const { accessMode = 'ReadWrite', status = 0 } = options
      const access = accessBits(accessMode)
      if (access === 0) throw invalid('accessMode', 'ReadOnly, WriteOnly or ReadWrite', accessMode, 'open')
      if ((status & ~STATUS) !== 0 || !Number.isInteger(status)) {
        throw invalid('status', 'flags that F_GETFL shows, or-ed', status, 'open')
      }
      return firstReference(new PrivateObject(kind, state, access, status)) as KernelObject as KernelObject<N>
    },
  }
  Object.defineProperty(kind, BRAND, { value: MAJOR })
  return Object.freeze(kind)
}
