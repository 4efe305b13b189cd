import type { MemoryToken, TableToken } from '@ht/core/shared'
import type { Exit, ProgramReference } from '../task/program.js'
import type { SetLimits } from '../limits.js'
import type { Signal } from '../task/signals.js'
import type { ErrorReport } from './error-text.js'
import type { ExitRecord } from './exit-record.js'
import type { TracePlace } from '../trace/ring-tracer.js'

/** Numbers in the table by which a worker and the kernel pass objects that are no handles of the task's. */
export const CONTROL = 0
export const ROOT = 1
export const WORKING_DIRECTORY = 2

/** Which table it is, in a memory that both sides have attached to. */
export type TableName = Pick<TableToken, 'table' | 'tableId'>

/** What a worker is posted to run a program. */
export interface RunMessage {
  readonly type: 'ht run'
  readonly memory: MemoryToken
  /** The module that says which kinds the worker has, besides those that it was written with. */
  readonly kindsModule: string | undefined
  readonly program: ProgramReference
  /** Where it leaves how its task has ended. */
  readonly exit: ExitRecord
  /** The table with what the numbers above name. */
  readonly control: TableToken
  /** The task's own table, which the kernel owns for it. */
  readonly table: TableToken
  readonly tableId: number
  readonly task: number
  readonly parent: number
  readonly processGroup: number
  readonly forked: boolean
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly mask: number
  readonly limits: SetLimits
  /** Signals that it ignores. */
  readonly ignored: readonly number[]
  /** Where each call is told of, if the kernel has a trace. */
  readonly trace: TracePlace | undefined
  /** Where the I/O worker is found, and for which domains, if there is one. */
  readonly io: { readonly table: TableToken; readonly domains: readonly number[] } | undefined
}

/** What an I/O worker is posted to begin. */
export interface IoMessage {
  readonly type: 'ht io'
  readonly memory: MemoryToken
  /** The table in which it puts what others ask for sockets. */
  readonly table: TableToken
}

/** What an I/O worker is posted to end, when it has delivered what its sockets have taken. */
export interface IoEndMessage {
  readonly type: 'ht io end'
}

/** What a worker is posted to be ready for a program, before there is one. */
export interface PrepareMessage {
  readonly type: 'ht prepare'
  readonly kindsModule: string | undefined
}

/** What a worker is posted to load a program that a task is about to be executed with. */
export interface LoadMessage {
  readonly type: 'ht load'
  readonly kindsModule: string | undefined
  readonly program: ProgramReference
}

/**
 * What a worker says of itself. All of it is a hint: the end of a task is its worker's exit, and nothing waits for a
 * message.
 */
export type WorkerMessage =
  /** The task's program has ended, and its exit record says how: the worker is about to end. */
  | { readonly type: 'ht ended' }
  /** The program that was to be loaded is there, or why it is not. */
  | { readonly type: 'ht loaded'; readonly error: unknown }

/** How a worker's task starts another one. */
export interface StartRequest {
  readonly program: ProgramReference
  /** Whether it is forked or cloned, not executed with a program. */
  readonly forked: boolean
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly processGroup: number | undefined
  readonly table: TableName
  /** Whether the table is the parent's own. */
  readonly shared: boolean
  readonly hasDirectory: boolean
  readonly mask: number
  readonly ignored: readonly number[]
}

/** How a program ended: what it threw as far as a message tells. */
interface ExitReport extends Omit<Exit, 'error'> {
  readonly error: ErrorReport | undefined
}

/** What a worker asks its kernel for, and what it is answered. All of it travels as text. */
export interface Requests {
  start(request: StartRequest): number
  /** Another program takes the place of the task's, with this table if it is to leave the one it has. Gives the table's number. */
  exec(name: string, args: readonly string[], env: Readonly<Record<string, string>>, table: TableName | undefined): number
  /** The task has left its table for this one. Gives the number of the new one. */
  adopt(table: TableName): number
  kill(task: number, signal: Signal): number
  setpgid(task: number, group: number): number
  reap(child: number | undefined): ExitReport | number
  act(signal: number, action: 'default' | 'ignore' | 'function'): 0
  lsof(): unknown
}
