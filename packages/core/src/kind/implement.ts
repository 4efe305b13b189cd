import { HandleError } from '../errors/handle-error.js'
import { checkBytes, invalid } from '../errors/check.js'
import { errnoOf } from '../errors/errno.js'
import { isView } from '../object/brand.js'
import type { OpenObject } from '../object/open-object.js'
import type { Capability, MethodSignature, ParameterKind } from './capability.js'
import type { Implementation, Provision } from './kind.js'

/**
 * A kind's methods for a capability. An omitted method fails with the error that the token names for it.
 */
export function implement<M, S>(capability: Capability<M>, methods: Partial<Implementation<M, S>>): Provision<S> {
  const whole: Record<string, unknown> = {}
  for (const [name, signature] of Object.entries<MethodSignature>((capability as Capability).methods)) {
    whole[name] = (methods as Record<string, unknown>)[name] ?? absentMethod(signature)
  }
  return { capability: capability, methods: whole }
}

/** What lends its open object to a bound capability, or throws EBADF once it no longer may. */
export interface Lender {
  open(): OpenObject
}

type Method = (object: OpenObject, ...args: unknown[]) => unknown

/**
 * Binds a kind's methods to one reference: the object goes in first, each argument is checked against
 * the signature, and a reference that has ended is refused.
 */
export function bind(capability: Capability, methods: Record<string, Method | undefined>, lender: Lender): object {
  const bound: Record<string, (...args: unknown[]) => unknown> = {}
  for (const [name, signature] of Object.entries<MethodSignature>(capability.methods)) {
    // A token newer than the kind has methods that the kind has not heard of.
    const method = methods[name] ?? absentMethod(signature)
    bound[name] = bindMethod(name, signature.parameters, method, lender)
  }
  return bound
}

/** One bound method; the usual numbers of parameters have no list of arguments to go through. */
function bindMethod(
  name: string,
  parameters: readonly ParameterKind[],
  method: Method,
  lender: Lender,
): (...args: unknown[]) => unknown {
  const [p, q, r] = parameters as [ParameterKind, ParameterKind, ParameterKind]
  switch (parameters.length) {
    case 0:
      return () => method(lender.open())
    case 1:
      return (a) => {
        checkArgument(a, p, 0, name)
        return method(lender.open(), a)
      }
    case 2:
      return (a, b) => {
        checkArgument(a, p, 0, name)
        checkArgument(b, q, 1, name)
        return method(lender.open(), a, b)
      }
    case 3:
      return (a, b, c) => {
        checkArgument(a, p, 0, name)
        checkArgument(b, q, 1, name)
        checkArgument(c, r, 2, name)
        return method(lender.open(), a, b, c)
      }
    default:
      return (...args) => {
        parameters.forEach((parameter, i) => {
          checkArgument(args[i], parameter, i, name)
        })
        return method(lender.open(), ...args)
      }
  }
}

function absentMethod({ absent = 'ENOTSUP' }: MethodSignature): Method {
  const answer = -errnoOf(absent)
  return () => answer
}

function checkArgument(value: unknown, parameter: ParameterKind, index: number, method: string): void {
  switch (parameter) {
    case 'int':
    case 'int?':
      if (parameter === 'int?' && value === undefined) return
      if (!Number.isSafeInteger(value)) throw invalid(argumentName(index), 'an integer', value, method)
      return
    case 'string':
      if (typeof value !== 'string') throw invalid(argumentName(index), 'a text', value, method)
      if (value.includes('\0')) {
        throw new HandleError('EINVAL', { text: `${argumentName(index)} holds a NUL`, syscall: method })
      }
      return
    case 'object':
      if (!isView(value)) throw invalid(argumentName(index), 'a KernelObject', value, method)
      return
    default:
      checkBytes(value, 'buffer', method)
  }
}

function argumentName(index: number): string {
  return `argument ${String(index + 1)}`
}
