import {
  APPEND,
  ControlOps,
  defineKind,
  FileOps,
  implement,
  O_APPEND,
  O_WRONLY,
  READABLE,
  StreamOps,
  SYNC,
  WRITABLE,
  writeStat,
  type Kind,
  type OpenObject,
} from '@ht/core'
import { EBADF, EINVAL, EROFS } from '../errno.js'
import { controlFile, seekInFile } from '../offset.js'
import { answer } from './answer.js'
import { secondsOf } from './seconds.js'
import { version } from '../version.js'
import type { KindDefinition } from '@ht/core'
import type { OpenFile } from './volume.js'

/** As much as one call moves on Linux (read(2)). */
const MOST_BYTES = 0x7ffff000
/** The largest position that every file system can be asked for. */
const HIGHEST_OFFSET = Number.MAX_SAFE_INTEGER

/** Makes the kind of a tree's open files. */
export function defineFileKind<N extends string>(name: N): Kind<OpenFile, N> {
  return defineKind(fileDefinition(name))
}

/** All that the open files of a tree do. */
export function fileDefinition<N extends string>(name: N): KindDefinition<OpenFile, N> {
  return {
    name,
    package: '@ht/file',
    version,
    type: 1,
    capabilities: [
      implement(StreamOps, {
        read(open: Open, buffer) {
          const read = readAt(open, buffer, open.state.offset)
          if (read > 0) open.state.offset += read
          return read
        },
        write(open, bytes) {
          const { state } = open
          if ((open.status & APPEND) === 0) {
            const written = writeAt(open, bytes, state.offset)
            if (written > 0) state.offset += written
            return written
          }
          const written = writeAtEnd(open, bytes)
          if (written > 0) state.offset = answer(() => sizeOf(state))
          return written
        },
      }),
      implement(FileOps, {
        pread: (open: Open, buffer, position) => (position >= 0 ? readAt(open, buffer, position) : -EINVAL),
        pwrite(open, bytes, position) {
          if (!(position >= 0)) return -EINVAL
          return (open.status & APPEND) === 0 ? writeAt(open, bytes, position) : writeAtEnd(open, bytes)
        },
        seek({ state }, offset, origin) {
          return answer(() => seekInFile(state, offset, origin, HIGHEST_OFFSET, () => sizeOf(state)))
        },
        truncate({ access, state: { volume, fd } }, length) {
          if (length < 0 || (access & WRITABLE) === 0) return -EINVAL
          return answer(() => volume.fs.ftruncateSync(fd, length))
        },
        sync: ({ state: { volume, fd } }, dataOnly) =>
          answer(() => (dataOnly === 1 ? volume.fs.fdatasyncSync(fd) : volume.fs.fsyncSync(fd))),
        stat: ({ state: { volume, fd } }, out) => answer(() => writeStat(out, volume.fs.fstatSync(fd))),
        setMode: ({ state: { volume, fd } }, mode) => (volume.readOnly ? -EROFS : answer(() => volume.fs.fchmodSync(fd, mode))),
        setTimes({ state: { volume, fd } }, accessed, modified) {
          if (volume.readOnly) return -EROFS
          return answer(() => {
            const { atimeMs, mtimeMs } = volume.fs.fstatSync(fd)
            volume.fs.futimesSync(fd, secondsOf(accessed, atimeMs), secondsOf(modified, mtimeMs))
          })
        },
      }),
      implement(ControlOps, {
        control: ({ state }: Open, request, argument) =>
          answer(() => controlFile(request, argument, () => sizeOf(state) - state.offset)),
      }),
    ],
    release({ state: { volume, fd, twin } }) {
      try {
        volume.fs.closeSync(fd)
      } finally {
        if (twin >= 0) volume.fs.closeSync(twin)
      }
    },
    describe: ({ state: { name, fd, offset } }) => `${name} (descriptor ${fd}), at ${offset}`,
  }
}

function readAt({ access, state: { volume, fd } }: Open, buffer: Uint8Array, position: number): number {
  if ((access & READABLE) === 0) return -EBADF
  return answer(() => volume.fs.readSync(fd, buffer, 0, Math.min(buffer.length, MOST_BYTES), position))
}

function writeAt(open: Open, bytes: Uint8Array, position: number): number {
  const { access, state } = open
  if ((access & WRITABLE) === 0) return -EBADF
  if (bytes.length === 0) return 0
  return answer(() => writeBytes(state, state.appends ? twinOf(open) : state.fd, bytes, position))
}

/**
 * Writes at the end: in one step, by O_APPEND, where a descriptor has it or can be had with it. Else it asks
 * for the size first, and another writer of the same file must not come in between.
 */
function writeAtEnd(open: Open, bytes: Uint8Array): number {
  const { access, state } = open
  if ((access & WRITABLE) === 0) return -EBADF
  if (bytes.length === 0) return 0
  return answer(() => {
    let fd = state.fd
    try {
      if (!state.appends) fd = twinOf(open)
    } catch {
      // As well as it can be done.
    }
    return writeBytes(state, fd, bytes, sizeOf(state))
  })
}

/** The descriptor that appends if the first does not, and the other way round. */
function twinOf({ status, state }: Open): number {
  const { volume, fd, appends } = state
  if (state.twin < 0) {
    if (volume.reopen === undefined) return fd
    state.twin = volume.reopen(fd, O_WRONLY | (status & SYNC) | (appends ? 0 : O_APPEND))
  }
  return state.twin
}

function writeBytes({ volume }: OpenFile, fd: number, bytes: Uint8Array, position: number): number {
  return volume.fs.writeSync(fd, bytes, 0, Math.min(bytes.length, MOST_BYTES), position)
}

function sizeOf({ volume, fd }: OpenFile): number {
  return volume.fs.fstatSync(fd).size
}

type Open = OpenObject<OpenFile>
