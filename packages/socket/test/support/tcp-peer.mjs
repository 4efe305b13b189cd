// Another process at the other end of some connections. It sends, receives or does both until it is killed.
import { connect } from 'node:net'

const [port, mode, count] = process.argv.slice(2)
const piece = Buffer.alloc(10_007, 'abcdefg')

for (let i = 0; i < Number(count); i++) {
  const socket = connect({ port: Number(port), host: '127.0.0.1' }, () => {
    if (mode === 'echoes') socket.pipe(socket)
    else socket.resume()
    if (mode === 'sends') send(socket)
  })
}

/** @param {import('node:net').Socket} socket */
function send(socket) {
  while (socket.write(piece));
  socket.once('drain', () => send(socket))
}
