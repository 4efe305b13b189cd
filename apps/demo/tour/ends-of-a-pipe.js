import { HandleTable, StreamOps } from '@ht/core'
import { createPipe } from '@ht/pipe'
const table = new HandleTable()
const { reader, writer } = createPipe()
const [r, w] = table.insertAll([reader, writer]) // 0 and 1: the lowest free numbers
const copy = table.dup(w) // 2: the same open object
const read = () => table.withObject(r, (pipe) => pipe.as(StreamOps).read(new Uint8Array(16)))
table.withObject(w, (pipe) => pipe.as(StreamOps).write(new TextEncoder().encode('hello')))
table.close(w)
console.log(read(), read()) // 5 -11: five bytes, then EAGAIN, because 2 still writes
table.close(copy)
console.log(read()) // 0: the last writer has gone, which is the end of file
