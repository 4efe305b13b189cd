import { EIO } from '../errno.js'

/** The largest number of an error that Linux has: EHWPOISON. */
const LAST_ERRNO = 133

/** Whether a kind's answer is one: an integer from 0 up, or −errno. */
export function isAnswer(answer: number): boolean {
  return Number.isInteger(answer) && answer >= -LAST_ERRNO
}

/**
 * What a kind has answered to a call that moves at most `most` bytes: −EIO for more, and for an invalid answer. Passed
 * on, it would be taken for bytes that are not there.
 */
export function counted(answer: number, most: number): number {
  return answer <= most && isAnswer(answer) ? answer : -EIO
}
