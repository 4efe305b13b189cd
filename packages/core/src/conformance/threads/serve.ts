import { invalid } from '../../errors/check.js'
import { prepareToAttach } from '../../shared/thread/attach-memory.js'
import { attach } from '../../shared/table/shared-table.js'
import { HandleUser } from './handle-user.js'
import type { Kinds } from '../../kind/registry.js'
import type { Answer, Begin, Request } from './messages.js'

/** What a worker of Node talks to its parent by: `parentPort` of node:worker_threads. */
interface NodePort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): unknown
}

/** What a worker of a page talks to its parent by: `self`. */
interface WebPort {
  postMessage(message: unknown): void
  addEventListener(event: 'message', listener: (event: { readonly data: unknown }) => void): void
}

/** What a worker talks to its parent by: `parentPort` of node:worker_threads, or `self` in a page. */
export type ConformancePort = NodePort | WebPort

/**
 * Has this worker do what `testSharedKind` asks of it from the thread that runs the suite. To be called once, by the
 * module of the worker that `startWorker` starts; the suite ends the worker.
 *
 * @param kinds the kinds that the worker has; the same as in the suite's thread
 * @throws EINVAL if `port` is not a port
 */
export function serveConformance(port: ConformancePort | null, kinds: Kinds): void {
  const given = port as Partial<NodePort & WebPort> | null | undefined
  const hears = typeof given?.on === 'function' || typeof given?.addEventListener === 'function'
  if (!hears || typeof given.postMessage !== 'function')
    throw invalid('port', 'the port to the parent of a worker', port, 'serveConformance')
  let user: HandleUser | undefined

  const answer = async (message: Begin | Request): Promise<Answer> => {
    try {
      if ('token' in message) {
        await prepareToAttach({ ...message.token, type: 'ht memory' })
        user = new HandleUser(attach(message.token, { kinds }), message.timeoutMs)
        return { value: undefined }
      }
      const method = user?.[message.name] as ((...args: unknown[]) => unknown) | undefined
      return { value: method?.apply(user, [...message.args]) }
    } catch (error) {
      return { failure: error instanceof Error ? (error.stack ?? String(error)) : String(error) }
    }
  }
  const hear = (message: unknown) => {
    void answer(message as Begin | Request).then((it) => {
      given.postMessage?.(it)
    })
  }
  if (given.on !== undefined) given.on('message', hear)
  else {
    given.addEventListener?.('message', ({ data }) => {
      hear(data)
    })
  }
}
