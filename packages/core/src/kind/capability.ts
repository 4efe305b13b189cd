import { invalid } from '../errors/check.js'
import type { ErrorCode } from '../errors/errno.js'
import type { KernelObject } from '../object/kernel-object.js'

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
