import { EINVAL, ENAMETOOLONG, ENOENT } from '../errno.js'

/** The longest name, in bytes of UTF-8 (NAME_MAX). */
const NAME_MAX = 255
/** The longest path, in bytes of UTF-8 (PATH_MAX counts the NUL that C puts after it). */
const PATH_MAX = 4095

/** A NUL, or half of a surrogate pair: no kernel is passed one. */
const UNSPEAKABLE = /[\0\p{Cs}]/u
const encoder = new TextEncoder()

/** 0 for a path that can be walked, or −errno: ENOENT for an empty one, ENAMETOOLONG over 4095 bytes, EINVAL for a NUL. */
export function checkPath(path: string): number {
  if (path === '') return -ENOENT
  return isLonger(path, PATH_MAX) ? -ENAMETOOLONG : UNSPEAKABLE.test(path) ? -EINVAL : 0
}

/** 0 for the name of an entry, −ENAMETOOLONG over 255 bytes. */
export function checkName(name: string): number {
  return isLonger(name, NAME_MAX) ? -ENAMETOOLONG : 0
}

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length
}

/** A unit of UTF-16 takes one to three bytes, so most texts need no count. */
function isLonger(text: string, most: number): boolean {
  return text.length * 3 > most && (text.length > most || utf8Length(text) > most)
}
