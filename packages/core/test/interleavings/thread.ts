import { parentPort, workerData } from 'node:worker_threads'
import { Explorer } from './explorer.js'
import { serveAsPartner, type PartnerData } from './partner.js'

/** What a thread of an exploration is given: nothing, who explores; else at whose side it works. */
const { given } = workerData as { given: PartnerData | undefined }

if (given !== undefined) serveAsPartner(given)
else {
  const explorer = new Explorer()
  // Partners have to be there before it waits for them.
  parentPort!.postMessage(explorer.forPartners)
  parentPort!.on('message', ({ name, most }: { name: string; most: number }) => {
    parentPort!.postMessage(explorer.walk(name, most))
  })
}
