import { HandleError } from '../../errors/handle-error.js'
import { EIO } from '../../errors/numbers.js'
import { BRAND, MAJOR } from '../../object/brand.js'
import { ERR, HUP } from '../../ready/readiness.js'
import { WaitQueue } from '../../ready/wait-queue.js'
import type { MethodSignature } from '../../kind/capability.js'
import type { Kind } from '../../kind/kind.js'

/** What a memory says of a kind: enough to use its objects where they are not at home, without having the kind. */
export interface KindDescription {
  readonly name: string
  readonly package: string
  readonly version: string
  readonly type: number
  /** Of each capability's name, its methods and how they travel. */
  readonly capabilities: Readonly<Record<string, Readonly<Record<string, MethodSignature>>>>
  /** Which of the hooks it has that others than its home have to know of. */
  readonly hooks: { readonly cloneForDup: boolean; readonly dropHolder: boolean; readonly ready: boolean }
}

/** What there is to say of a kind. */
export function describeKind(kind: Kind): KindDescription {
  const capabilities: Record<string, Record<string, MethodSignature>> = {}
  for (const { capability } of kind.capabilities ?? []) {
    capabilities[capability.name] = capability.methods
  }
  return {
    name: kind.name,
    package: kind.package,
    version: kind.version,
    type: kind.type,
    capabilities,
    hooks: {
      cloneForDup: kind.cloneForDup !== undefined,
      dropHolder: kind.dropHolder !== undefined,
      ready: kind.ready !== undefined,
    },
  }
}

/** A kind whose methods are made from a description. */
export function kindFrom(
  description: KindDescription,
  method: (capability: string, name: string, signature: MethodSignature) => (...args: never[]) => unknown,
  hooks: { readonly [K in keyof Kind]?: Kind[K] | undefined },
): Kind {
  const methods: Record<string, object> = {}
  for (const [capability, signatures] of Object.entries(description.capabilities)) {
    const made: Record<string, unknown> = {}
    for (const [name, signature] of Object.entries(signatures)) made[name] = method(capability, name, signature)
    methods[capability] = made
  }
  const { name, package: from, version, type, capabilities } = description
  const kind: Kind = {
    ...({ inferMetadata: undefined, cloneForDup: undefined, dropHolder: undefined, release: undefined } as object),
    ...({ describe: undefined, ready: undefined, shared: undefined } as object),
    name,
    package: from,
    version,
    type,
    capabilities: Object.entries(capabilities).map(([capability, signatures]) => ({
      capability: { name: capability, methods: signatures },
      methods: methods[capability]!,
    })),
    methods,
    open() {
      throw new HandleError('ENOTSUP', { text: `kind ${name} is not here: its objects are made where it is`, syscall: 'open' })
    },
    ...(hooks as Partial<Kind>),
  }
  Object.defineProperty(kind, BRAND, { value: MAJOR })
  return Object.freeze(kind)
}

/**
 * Stands for a kind whose objects live in the memory, in a thread that was not given it. What it would have told others
 * when a holder goes, such as the end of file, `dropHolder` has them look for.
 */
export function missingKind(description: KindDescription, why: string, dropHolder: () => void): Kind {
  const refuse = () => {
    throw new HandleError('ENOTSUP', { text: `kind ${description.name} is missing: ${why}` })
  }
  return kindFrom(description, () => refuse, {
    dropHolder: description.hooks.dropHolder ? dropHolder : undefined,
    describe: () => `(kind ${description.name} is missing: ${why})`,
    ready: { now: refuse, changes: refuse },
  })
}

/** How an object is described whose home has ended. */
export const HOME_ENDED = '(its home thread has ended)'

/** Stands for the kind of an object whose home has ended: every call is an input/output error. */
export function goneKind(description: KindDescription): Kind {
  const nothing = new WaitQueue()
  return kindFrom(description, () => () => -EIO, {
    describe: () => HOME_ENDED,
    ready: { now: () => HUP | ERR, changes: () => nothing },
  })
}
