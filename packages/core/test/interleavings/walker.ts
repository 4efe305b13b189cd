import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { bundleVariant, type Change } from '../../../../tooling/threads/variant.js'
import { Watch } from '../../../../tooling/threads/watch.js'
import type { Exploration } from './explore.js'
import type { PartnerData } from './partner.js'

/** Three threads that walk interleavings, of the sources as they are or of a variant of them. */
export class Walker {
  readonly #folder: string
  readonly #explorer: Watch
  readonly #partners: Worker[]

  private constructor(folder: string, explorer: Watch, partners: Worker[]) {
    this.#folder = folder
    this.#explorer = explorer
    this.#partners = partners
  }

  /** Starts the threads. @throws when a line that a variant changes is not there */
  static async start(changes: readonly Change[] = []): Promise<Walker> {
    const folder = await mkdtemp(join(tmpdir(), 'interleavings-'))
    const file = join(folder, 'thread.mjs')
    await bundleVariant(fileURLToPath(new URL('./thread.ts', import.meta.url)), file, changes)
    const explorer = new Watch(new Worker(file, { workerData: {} }))
    const given = (await explorer.next()) as PartnerData[]
    const partners = given.map((data) => new Worker(file, { workerData: { given: data } }))
    return new Walker(folder, explorer, partners)
  }

  /** Walks the interleavings of a program, at most so many. After one that was wrong the threads are of no use. */
  async walk(name: string, most = 100_000): Promise<Exploration> {
    this.#explorer.worker.postMessage({ name, most })
    return (await this.#explorer.next()) as Exploration
  }

  async end(): Promise<void> {
    await Promise.all([this.#explorer.worker, ...this.#partners].map((it) => it.terminate()))
    await rm(this.#folder, { recursive: true, force: true })
  }
}
