import {
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../socket/constants.js'
import { answers, check } from '../assert.js'
import type { Rules } from '../runner.js'
import type { SocketPairScene } from './socket-scene.js'

/** Options of any socket (socket(7)). */
export const socketOptionRules: Rules<SocketPairScene> = {
  'options tell what it is'(scene) {
    const option = (name: number) => scene.methods(scene.near).option(SOL_SOCKET, name)
    const type = scene.description.sockets?.type === 'datagram' ? SOCK_DGRAM : SOCK_STREAM
    answers(option(SO_TYPE), type, 'SO_TYPE')
    answers(option(SO_ACCEPTCONN), 0, 'SO_ACCEPTCONN')
    answers(option(SO_ERROR), 0, 'SO_ERROR')
    check(option(SO_DOMAIN) > 0, `SO_DOMAIN answered ${option(SO_DOMAIN)}`)
    check(option(SO_PROTOCOL) >= 0, `SO_PROTOCOL answered ${option(SO_PROTOCOL)}`)
  },

  'options that tell what it is cannot be set: ENOPROTOOPT'(scene) {
    const { near } = scene
    const type = scene.methods(near).option(SOL_SOCKET, SO_TYPE)
    for (const name of [SO_TYPE, SO_ERROR, SO_ACCEPTCONN, SO_DOMAIN, SO_PROTOCOL]) {
      answers(scene.methods(near).setOption(SOL_SOCKET, name, 1), 'ENOPROTOOPT', `setting option ${name}`)
    }
    answers(scene.methods(near).option(SOL_SOCKET, SO_TYPE), type, 'SO_TYPE after that')
  },

  'an option that nobody knows is ENOPROTOOPT'(scene) {
    const methods = scene.methods(scene.near)
    answers(methods.option(SOL_SOCKET, 0x7fff), 'ENOPROTOOPT', 'an unknown option')
    answers(methods.setOption(SOL_SOCKET, 0x7fff, 1), 'ENOPROTOOPT', 'setting an unknown option')
  },

  'a buffer that is set has at least that size, and is not the other one'(scene) {
    const methods = scene.methods(scene.near)
    for (const [name, size] of [
      [SO_SNDBUF, 8192],
      [SO_RCVBUF, 16_384],
    ] as const) {
      answers(methods.setOption(SOL_SOCKET, name, size), 0, `setting option ${name}`)
    }
    const sent = methods.option(SOL_SOCKET, SO_SNDBUF)
    const received = methods.option(SOL_SOCKET, SO_RCVBUF)
    check(sent >= 8192 && sent < received, `SO_SNDBUF, set to 8192, is ${sent}, and SO_RCVBUF, set to 16384, ${received}`)
  },

  'SO_REUSEADDR is kept, as yes or no'(scene) {
    const methods = scene.methods(scene.near)
    for (const [value, kept] of [
      [1, 1],
      [0, 0],
      [5, 1],
    ] as const) {
      answers(methods.setOption(SOL_SOCKET, SO_REUSEADDR, value), 0, 'setting SO_REUSEADDR')
      answers(methods.option(SOL_SOCKET, SO_REUSEADDR), kept, `SO_REUSEADDR, set to ${value},`)
    }
  },
}
