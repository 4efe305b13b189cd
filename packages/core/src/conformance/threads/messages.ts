import type { TableToken } from '../../shared/table/shared-table.js'
import type { HandleUser } from './handle-user.js'

/** The first message to a worker. */
export interface Begin {
  readonly token: TableToken
  readonly timeoutMs: number
}

/** What is asked of it then: one step at a time, and each is answered. */
export interface Request {
  readonly name: keyof HandleUser
  readonly args: readonly unknown[]
}

/** What a step gave, or what it threw. */
export type Answer = { readonly value: unknown } | { readonly failure: string }
