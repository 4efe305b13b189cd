import { HandleTable, StreamOps } from '@ht/core'
import { createPipe } from '@ht/pipe'

const table = new HandleTable()
const { reader, writer } = createPipe()
const [r, w] = table.insertAll([reader, writer]) as [number, number]
const copy = table.dup(w)
table.withObject(w, (pipe) => pipe.as(StreamOps)?.write(new TextEncoder().encode('hello')))
table.close(w)

const buffer = new Uint8Array(16)
const read = () => table.withObject(r, (pipe) => pipe.as(StreamOps)?.read(buffer))
console.log(`handle ${String(r)} reads ${String(read())} bytes, then ${String(read())} (EAGAIN): handle ${String(copy)} still writes`)
table.close(copy)
console.log(`the last writer has closed: handle ${String(r)} reads ${String(read())}, the end of file`)
