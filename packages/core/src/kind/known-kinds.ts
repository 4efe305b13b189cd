/**
 * The kinds whose names this program's types know. Each kind's package adds its own line, so that
 * `object.is('ht:pipe')` narrows an object from a table. Third-party kinds are typed in the same way.
 *
 * @example
 * declare module '@ht/core' {
 *   interface KnownKinds { 'acme-queue': { capabilities: StreamMethods | QueueMethods } }
 * }
 */

export interface KnownKinds {}

/** The name of a declared kind. */
export type KnownKindName = Extract<keyof KnownKinds, string>

/** The interfaces of methods that every object of a kind has. */
export type CapabilitiesOf<N extends string> = N extends keyof KnownKinds
  ? KnownKinds[N] extends { capabilities: infer C }
    ? C
    : never
  : never
