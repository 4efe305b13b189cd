import type { Output } from './output.js'

/*
 * What head and tail have in common.
 */

/**
 * How far the first `count` lines of a piece go, or the first bytes where there is no delimiter; and how many of them
 * there are. A last line without its end belongs to what is in front of it, and is not counted.
 */
export function beginning(
  piece: Uint8Array,
  count: number,
  delimiter: number | undefined,
): { end: number; counted: number } {
  if (delimiter === undefined) {
    const end = Math.min(count, piece.length)
    return { end, counted: end }
  }
  for (let counted = 0, from = 0; ; counted++) {
    if (counted >= count) return { end: from, counted }
    const at = piece.indexOf(delimiter, from)
    if (at < 0) return { end: piece.length, counted }
    from = at + 1
  }
}

/** Writes in front of each file its name, if it is to be. */
export function headers(out: Output, wanted: boolean): (path: string) => void {
  let isFirst = true
  return (path) => {
    if (!wanted) return
    out.put(`${isFirst ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`)
    isFirst = false
  }
}

/** The old form with a number for an option, `-5`, `-20c`, as it is written now. It counts in the first argument only. */
export function obsolete(args: readonly string[]): readonly string[] {
  const found = /^-(\d+)([bkmclqvz]*)$/.exec(args[0] ?? '')
  if (found === null) return args
  const [, number = '', letters = ''] = found
  let [unit, scale, rest] = ['n', '', '']
  for (const letter of letters) {
    if ('qvz'.includes(letter)) rest += letter
    else if (letter === 'l') unit = 'n'
    else [unit, scale] = ['c', letter === 'c' ? '' : letter]
  }
  return [...(rest === '' ? [] : [`-${rest}`]), `-${unit}${number}${scale}`, ...args.slice(1)]
}

/** What is wrong with arguments in which a digit came up as an option. */
export function misplaced(args: readonly string[], digit: string): string {
  return `invalid trailing option -- ${/^-\d+[bkmclqvz]*(.)/.exec(args[0] ?? '')?.[1] ?? digit}`
}
