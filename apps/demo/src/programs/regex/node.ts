/**
 * A regular expression of POSIX, taken apart. A set says of each byte whether it is in it. A repetition without a
 * limit has `max` Infinity. Groups are numbered as their parentheses open.
 */
export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence' | 'choice'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'group'; readonly node: Node; readonly number: number }
  | { readonly kind: 'back'; readonly number: number }
  | { readonly kind: 'assert'; readonly what: Assertion }

/** For each of the 256 bytes 1 or 0. */
export type ByteSet = Uint8Array

/** What may have to hold between two bytes. */
export type Assertion =
  'lineStart' | 'lineEnd' | 'wordStart' | 'wordEnd' | 'wordEdge' | 'noWordEdge' | 'noWordBefore' | 'noWordAfter'

/** What is beside a place in a line: nothing, a byte of a word, or another byte. */
export const [EDGE, WORD, OTHER] = [0, 1, 2] as const

/** Whether an assertion holds between two neighbours. */
export function holds(what: Assertion, before: number, after: number): boolean {
  const [left, right] = [before === WORD, after === WORD]
  switch (what) {
    case 'lineStart':
      return before === EDGE
    case 'lineEnd':
      return after === EDGE
    case 'wordStart':
      return !left && right
    case 'wordEnd':
      return left && !right
    case 'wordEdge':
      return left !== right
    case 'noWordEdge':
      return left === right
    case 'noWordBefore':
      return !left
    case 'noWordAfter':
      return !right
  }
}

/** Whether each byte is part of a word: a letter, a digit or `_`. */
export const WORDS: ByteSet = setOf((byte) => /\w/.test(byte))

/** What neighbour the character at an index is. */
export function neighbour(line: string, index: number): number {
  return index < 0 || index >= line.length ? EDGE : WORDS[line.charCodeAt(index)] === 1 ? WORD : OTHER
}

export function setOf(has: (byte: string) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, code) => (has(String.fromCharCode(code)) ? 1 : 0))
}

/** A set with the other case of each of its letters (those of ASCII). */
export function bothCases(set: ByteSet): ByteSet {
  return set.map((has, code) => has | set[otherCase(code)]!)
}

function otherCase(code: number): number {
  return /[a-z]/i.test(String.fromCharCode(code)) && code < 128 ? code ^ 0x20 : code
}

/** Calls a function with an expression and all that it is made of. */
export function visit(node: Node, f: (node: Node) => void): void {
  f(node)
  if ('nodes' in node) for (const child of node.nodes) visit(child, f)
  if ('node' in node) visit(node.node, f)
}
