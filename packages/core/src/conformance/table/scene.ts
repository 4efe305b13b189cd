import { defineKind } from '../../kind/define-kind.js'
import { openObjectOf } from '../../object/reference.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { AccessMode } from '../../object/access.js'
import type { MetadataInit } from '../../table/metadata.js'
import type { HandleTable, HandleTableOptions } from '../../table/handle-table.js'
import type { OpenObject } from '../../object/open-object.js'

/** Makes the tables that are tested: empty ones, as `new HandleTable(options)` makes them. */
export interface TableDescription {
  make(options?: HandleTableOptions): HandleTable
}

/** What the hooks of a probe do besides being written down. They may throw. */
export interface ProbeHooks {
  infer?(): MetadataInit
  clone?(): void
  drop?(): void
  release?(): void
}

/** An object that writes down which of its hooks were called: `clone`, `drop`, `release`. */
export interface Probe {
  /** Its first reference. */
  readonly object: KernelObject
  readonly open: OpenObject
  readonly calls: string[]
}

export const probeKind = defineKind<{ calls: string[]; hooks: ProbeHooks }>({
  name: 'conformance:probe',
  inferMetadata: ({ state: { hooks } }) => hooks.infer?.() ?? { handleType: 'IpcChannel' },
  cloneForDup({ state: { calls, hooks } }) {
    calls.push('clone')
    hooks.clone?.()
  },
  dropHolder({ state: { calls, hooks } }) {
    calls.push('drop')
    hooks.drop?.()
  },
  release({ state: { calls, hooks } }) {
    calls.push('release')
    hooks.release?.()
  },
})

/** A table, and more of them, that end with the rule. */
export class TableScene {
  readonly table: HandleTable
  readonly #description: TableDescription
  readonly #ends: (() => void)[] = []

  constructor(description: TableDescription) {
    this.#description = description
    this.table = this.make()
  }

  /** Another table. */
  make(options?: HandleTableOptions): HandleTable {
    return this.keep(this.#description.make(options))
  }

  keep<T extends KernelObject | HandleTable>(kept: T): T {
    this.#ends.push(() => {
      if ('release' in kept) kept.release()
      else kept.dispose()
    })
    return kept
  }

  probe(hooks: ProbeHooks = {}, accessMode: AccessMode = 'ReadWrite'): Probe {
    const calls: string[] = []
    const object = this.keep(probeKind.open({ calls, hooks }, { accessMode }))
    return { object, open: openObjectOf(object), calls }
  }

  /** Inserts an object. */
  one(table = this.table): Probe {
    const probe = this.probe()
    table.insert(probe.object)
    return probe
  }

  /** Inserts this many objects. */
  fill(count: number, table = this.table): Probe[] {
    return Array.from({ length: count }, () => this.one(table))
  }

  end(): void {
    // What a rule left behind may be of a hook that throws; that is no part of the rule.
    for (const end of this.#ends.reverse()) {
      try {
        end()
      } catch {
        continue
      }
    }
  }
}
