import { invalid } from '../errors/check.js'
import type { ErrorCode } from '../errors/errno.js'
import type { KernelObject } from '../object/kernel-object.js'

/**
 * The type of a parameter, so that a call can travel to an object's home thread: an integer (optional with a `?`), a
 * string, bytes that the callee reads (`in`), fills (`out`) or both (`inout`), or an object.
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

/** How one method travels, and its error in kinds that omit it. */
export interface MethodSignature<F extends (...args: never[]) => unknown = (...args: never[]) => unknown> {
  readonly parameters: ParameterKinds<Required<Parameters<F>>>
  /** The type of the result. A negative errno is always possible. */
  readonly result: ResultFor<ReturnType<F>>
  /** The error in kinds without this method. Defaults to ENOTSUP. */
  readonly absent?: ErrorCode
}

/** A token for something that an object can do. Made by {@link defineCapability}. */
export interface Capability<M = unknown> {
  /** `ht:stream`. Begin the names of your own with your package's name. Tokens with the same name are the same capability. */
  readonly name: string
  /** How each method travels. */
  readonly methods: { readonly [K in keyof M]: M[K] extends (...args: never[]) => unknown ? MethodSignature<M[K]> : never }
}

/**
 * Makes a capability token. `M` is the interface that callers see. The signatures describe it at run time; the compiler
 * checks that both agree.
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
