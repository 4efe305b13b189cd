/** What of a Node.js stream is used to hear of its errors. */
export interface ErrorEmitter {
  on(event: 'error', listener: (error: Error) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/** Of each stream that is listened to, its listener, and those whom that tells. */
const listening = new WeakMap<
  ErrorEmitter,
  { readonly entries: Set<(error: Error) => void>; readonly listener: (error: Error) => void }
>()

/**
 * Has `failed` called for each error of a stream, until the function that comes back is called. However many sources
 * and sinks lead to one stream, one listener of ours is there: Node.js takes more than ten for a leak.
 */
export function onError(stream: ErrorEmitter, failed: (error: Error) => void): () => void {
  const { entries, listener } = listening.get(stream) ?? listen(stream)
  const entry = (error: Error) => {
    failed(error)
  }
  if (entries.size === 0) stream.on('error', listener)
  entries.add(entry)
  return () => {
    if (entries.delete(entry) && entries.size === 0) stream.off?.('error', listener)
  }
}

function listen(stream: ErrorEmitter) {
  const entries = new Set<(error: Error) => void>()
  const listener = (error: Error) => {
    for (const entry of [...entries]) entry(error)
  }
  const made = { entries, listener }
  listening.set(stream, made)
  return made
}
