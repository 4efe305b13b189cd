import { OMIT } from '@ht/core'

/** The distance of two doubles next to each other where times of this century are, in seconds. */
const STEP = 2 ** -22

/**
 * Seconds since 1970 for a time in microseconds, or for the one that stays, in milliseconds. A file system
 * cuts what it is given off at its own unit, so a time between two doubles takes the upper one: the
 * microsecond is right, and up to 240 nanoseconds may come on top. Node and memfs take a number below 0 for now, and a
 * text for what it says.
 */
export function secondsOf(microseconds: number, stayingMs: number): number | string {
  const seconds = microseconds === OMIT ? stayingMs / 1000 : upper(microseconds)
  return seconds < 0 ? String(seconds) : seconds
}

function upper(microseconds: number): number {
  const seconds = microseconds / 1e6
  const whole = Math.floor(seconds)
  return Math.floor((seconds - whole) * 1e6) < microseconds - whole * 1e6 ? seconds + STEP : seconds
}
