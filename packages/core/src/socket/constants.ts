/*
 * The numbers of Linux on x86-64, on every platform (socket(2), send(2), socket(7), tcp(7)).
 */

/** Domains: local sockets, TCP over IPv4, TCP over IPv6. */
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10

/** Types: bytes in a row, and messages. */
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
/** Messages without a protocol; of local sockets, the same as SOCK_DGRAM. */
export const SOCK_RAW = 3
/** Flags that may be or-ed to a type. */
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

/** What a shutdown ends: receiving, sending, both. */
export const SHUT_RD = 0
export const SHUT_WR = 1
export const SHUT_RDWR = 2

/** What is received stays where it is. */
export const MSG_PEEK = 0x2
/** A datagram's answer is its whole length, also of what did not fit. */
export const MSG_TRUNC = 0x20
/** This call does not wait. */
export const MSG_DONTWAIT = 0x40
/** Waits until the buffer is full. */
export const MSG_WAITALL = 0x100
/** A broken connection raises no SIGPIPE. */
export const MSG_NOSIGNAL = 0x4000

/** Levels of options: any socket's, TCP's, IPv6's. */
export const SOL_SOCKET = 1
export const IPPROTO_TCP = 6
export const IPPROTO_IPV6 = 41

/** Options of any socket. */
export const SO_REUSEADDR = 2
export const SO_TYPE = 3
/** The error of a connection that failed; asking clears it. */
export const SO_ERROR = 4
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_KEEPALIVE = 9
/** Whether it listens. */
export const SO_ACCEPTCONN = 30
export const SO_PROTOCOL = 38
export const SO_DOMAIN = 39

/** Options of TCP: bytes are sent at once; seconds of silence before the first probe. */
export const TCP_NODELAY = 1
export const TCP_KEEPIDLE = 4
/** Option of IPv6: no IPv4 connections besides. */
export const IPV6_V6ONLY = 26
