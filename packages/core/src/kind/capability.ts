import { HandleError } from '../errors/handle-error.js'
import { checkBytes, invalid } from '../errors/check.js'
import { errnoOf, type ErrorCode } from '../errors/errno.js'
import { isView } from '../object/brand.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { OpenObject } from '../object/open-object.js'

/**
 * What a parameter is, so that a call can travel to the thread where an object is at home:
 * an integer, which may be left out where a `?` says so, a text, bytes that the callee reads (`in`), fills (`out`) or
 * both (`inout`), an object.
 */
export type ParameterKind = 'int' | 'int?' | 'string' | 'in' | 'out' | 'inout' | 'object'

type ParameterFor<T> = [T] extends [number]
  ? 'int' | 'int?'
  : [T] extends [string]
    ? 'string'
    : [T] extends [Uint8Array]
      ? 'in' | 'out' | 'inout'
      : [T] extends [KernelObject]
        ? 'object'
        : never

type ParameterKinds<A extends readonly unknown[]> = { readonly [I in keyof A]: ParameterFor<A[I]> }

type ResultFor<T> = [T] extends [number]
  ? 'int'
  : [T] extends [string | number]
    ? string extends T
      ? 'string'
      : never
    : [T] extends [KernelObject | number]
      ? 'object'
      : never

/** How one method travels, and what it answers where a kind leaves it out. */
export interface MethodSignature<F extends (...args: never[]) => unknown = (...args: never[]) => unknown> {
  readonly parameters: ParameterKinds<Required<Parameters<F>>>
  /** A value of this sort, or a negative errno. */
  readonly result: ResultFor<ReturnType<F>>
  /** The code that a kind without this method answers with. Defaults to ENOTSUP. */
  readonly absent?: ErrorCode
}

/** A token for something that an object can do. Made by {@link defineCapability}. */
export interface Capability<M = unknown> {
  /** `ht:stream`; a third party's begins with its package's name. Tokens of one name are one capability. */
  readonly name: string
  /** Of each method, how it travels. */
  readonly methods: { readonly [K in keyof M]: M[K] extends (...args: never[]) => unknown ? MethodSignature<M[K]> : never }
}

/** The methods behind a token, as a kind writes them: the open object first. */
export type Implementation<M, S> = {
  [K in keyof M]: M[K] extends (...args: infer A) => infer R ? (object: OpenObject<S>, ...args: A) => R : never
}

/** A capability together with one kind's methods for it. Made by {@link implement}. */
export interface Provision<S> {
  readonly capability: Capability
  /** Never called: it ties a provision to the state of the kind that it was written for. */
  state?(object: OpenObject<S>): void
  readonly methods: object
}

/**
 * Makes a capability token. `M` is the interface that callers see; the signatures say the same to
 * the machine, and the compiler holds the two together.
 *
 * @example
 * interface Lamp { switch(on: number): number }
 * const LampOps = defineCapability<Lamp>('acme-lamp', {
 *   switch: { parameters: ['int'], result: 'int' },
 * })
 */
export function defineCapability<M extends object>(name: string, methods: Capability<M>['methods']): Capability<M> {
  if (typeof name !== 'string' || name === '') throw invalid('name', 'a text', name, 'defineCapability')
  if (typeof methods !== 'object' || (methods as unknown) === null) {
    throw invalid('methods', 'an object of signatures', methods, 'defineCapability')
  }
  return Object.freeze({ name, methods })
}

/**
 * Says how a kind does what a token asks for. A method that is left out answers with the errno that
 * the token names for it.
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
function bindMethod(name: string, parameters: readonly ParameterKind[], method: Method, lender: Lender): (...args: unknown[]) => unknown {
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
