import { HandleError } from '../errors/handle-error.js'
import { BRAND, brandOf, foreign, MAJOR } from '../object/brand.js'
import type { Kind } from './kind.js'

/**
 * The kinds that a table, a kernel or a thread works with. There is no global registry; importing a package adds no
 * kind.
 */
export interface Registry {
  /**
   * Adds a kind. Adding the same one again does nothing.
   *
   * @throws EEXIST if another kind has its name; EINVAL if it is not a kind
   */
  register(kind: Kind): void
  /** The kind with a name. */
  get(name: string): Kind | undefined
  /** All kinds, in the order in which they were added. */
  kinds(): readonly Kind[]
  /** Whether objects of a kind are accepted: the kind is here, or one with its name from another copy of its package. */
  accepts(kind: Kind): boolean
}

/** A registry, or a list of kinds for one. */
export type Kinds = Registry | readonly Kind[]

/**
 * Makes a registry of these kinds.
 *
 * @throws EEXIST if two kinds have the same name, naming the packages and versions of both; EINVAL if one is not a kind
 */
export function createRegistry(kinds: readonly Kind[] = []): Registry {
  if (!Array.isArray(kinds)) throw foreign('kinds', 'a list of kinds', kinds, 'createRegistry')
  const byName = new Map<string, Kind>()
  const registry: Registry = {
    register(kind) {
      if (brandOf(kind) !== MAJOR || typeof kind.open !== 'function') throw foreign('kind', 'a kind', kind, 'register')
      const known = byName.get(kind.name)
      if (known === kind) return
      if (known !== undefined) {
        throw new HandleError('EEXIST', {
          text: `kind ${kind.name} of ${from(kind)} is already registered by ${from(known)}`,
          syscall: 'register',
        })
      }
      byName.set(kind.name, kind)
    },
    get: (name) => byName.get(name),
    kinds: () => [...byName.values()],
    accepts: (kind) => byName.has(kind.name),
  }
  Object.defineProperty(registry, BRAND, { value: MAJOR })
  for (const kind of kinds as readonly Kind[]) registry.register(kind)
  return registry
}

/** The registry that was given, so that what is added to it later counts too, or one of the list that was given. */
export function toRegistry(kinds: Kinds): Registry {
  return brandOf(kinds) === MAJOR && 'accepts' in kinds ? kinds : createRegistry(kinds as readonly Kind[])
}

function from(kind: Kind): string {
  return `${kind.package} ${kind.version}`
}
