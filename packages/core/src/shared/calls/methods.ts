import type { MethodSignature } from '../../kind/capability.js'
import type { HomedObject } from '../objects/homed-object.js'
import type { KindDescription } from '../kinds/kind-description.js'

/** One thing that a home does when another thread asks for it. */
export interface TravellingMethod {
  readonly signature: MethodSignature
  /** Whether who asked may wait for the next change. */
  readonly tellsReadiness: boolean
  call(open: HomedObject, args: readonly unknown[]): unknown
}

/* The hooks that travel are the first of every kind's methods. */
export const CLONE = 0
export const DESCRIBE = 1
export const READINESS = 2
/** Behind them come the methods of the capabilities, as the kind's description lists them. */
export const FIRST_METHOD = 3

/** What hooks take and answer. */
export const HOOK_SIGNATURE: MethodSignature = { parameters: [] as never, result: 'int' as never }

/** Everything that objects of a kind can be asked for, in the order that all threads know from its description. */
export function methodsOf({ capabilities }: KindDescription): TravellingMethod[] {
  const methods = [
    hook((open) => {
      open.kind.cloneForDup?.(open)
    }),
    hook((open) => open.kind.describe?.(open) ?? ''),
    { ...hook((open) => open.kind.ready?.now(open) ?? 0), tellsReadiness: true },
  ]
  for (const [capability, signatures] of Object.entries(capabilities)) {
    for (const [name, signature] of Object.entries(signatures)) methods.push(methodOf(capability, name, signature))
  }
  return methods
}

function methodOf(capability: string, name: string, signature: MethodSignature): TravellingMethod {
  return {
    signature,
    tellsReadiness: false,
    call(open, args) {
      const methods = open.kind.methods[capability] as Record<string, (open: HomedObject, ...args: unknown[]) => unknown>
      return methods[name]?.(open, ...args)
    },
  }
}

function hook(call: (open: HomedObject) => unknown): TravellingMethod {
  return { signature: HOOK_SIGNATURE, tellsReadiness: false, call }
}
