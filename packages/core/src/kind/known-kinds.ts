/**
 * The kinds that this program knows by name. Empty here: each kind's package adds its own line, so
 * that `object.is('ht:pipe')` narrows what a table gives, and a third party's kind is as well typed as
 * any other.
 *
 * @example
 * declare module '@ht/core' {
 *   interface KnownKinds { 'acme-queue': { capabilities: StreamMethods | QueueMethods } }
 * }
 */
 
export interface KnownKinds {}

/** The name of a declared kind. */
export type KnownKindName = Extract<keyof KnownKinds, string>

/** The methods interfaces of which a kind is sure to have each. */
export type CapabilitiesOf<N extends string> = N extends keyof KnownKinds
  ? KnownKinds[N] extends { capabilities: infer C }
    ? C
    : never
  : never
