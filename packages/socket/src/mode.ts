import { S_IFSOCK } from '@ht/core'

/** Type and permissions of a socket, as Linux shows them. */
export const SOCKET_MODE = S_IFSOCK | 0o777
