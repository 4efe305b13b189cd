declare global {
  // What `using` calls, for programs whose TypeScript library does not declare it yet. Declarations
  // of one name merge, so a newer library stays right.
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
}

/** What `using` ends. */
export interface Disposable {
  [Symbol.dispose](): void
}

/** `Symbol.dispose`, also where the engine does not have it yet. */
export const dispose: typeof Symbol.dispose =
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose)
