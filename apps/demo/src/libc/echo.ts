import { expandEscapes } from './escapes.js'

/** What echo writes for arguments, which are byte strings, as bash's does. */
export function echoed(args: readonly string[]): string {
  const first = args.findIndex((argument) => !/^-[neE]+$/.test(argument))
  const letters = args.slice(0, first < 0 ? args.length : first).join('')
  const joined = first < 0 ? '' : args.slice(first).join(' ')
  const escapes = letters.lastIndexOf('e') > letters.lastIndexOf('E')
  const { text, ended } = escapes ? expandEscapes(joined, { zero: 'needed', c: 'ends' }) : { text: joined, ended: false }
  return ended || letters.includes('n') ? text : `${text}\n`
}
