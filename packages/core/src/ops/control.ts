import { defineCapability } from '../kind/capability.js'

/** Requests that belong to one sort of device. */
export interface ControlMethods {
  /** Carries out a request; what `argument` holds, and what is written to it, is the request's own. −ENOTTY for an unknown one. */
  control(request: number, argument: Uint8Array): number
}

/** Control requests (ioctl(2)). */
export const ControlOps = /* @__PURE__ */ defineCapability<ControlMethods>('ht:control', {
  control: { parameters: ['int', 'inout'], result: 'int', absent: 'ENOTTY' },
})

/** Requests that the kernel itself carries out: close-on-exec of the handle, off and on; non-blocking, signals (ioctl_tty(2), ioctl(2)). */
export const FIONCLEX = 0x5450
export const FIOCLEX = 0x5451
export const FIONBIO = 0x5421
export const FIOASYNC = 0x5452
/** Request: how many bytes can be read, as a 32-bit integer in the machine's byte order (ioctl(2)). */
export const FIONREAD = 0x541b
