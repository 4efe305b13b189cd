import { RegexError } from './regex-error.js'
import type { Assertion, ByteSet, Node } from './node.js'

/** One step of a nondeterministic automaton; `next` and `other` are the numbers of steps. */
type Step =
  | { readonly kind: 'byte'; readonly set: ByteSet; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'assert'; readonly what: Assertion; next: number }
  | { readonly kind: 'accept' }

/** An expression without back-references as an automaton (Thompson's construction). */
export interface Program {
  readonly steps: readonly Step[]
  readonly start: number
}

/** More steps than this are more than memory is good for. */
const MOST_STEPS = 200_000

/** @throws RegexError for an expression that is too large */
export function compile(node: Node): Program {
  const steps: Step[] = [{ kind: 'accept' }]
  return { start: add(node, 0), steps }

  /** Adds the steps of an expression that go on at `next`: the first of them. */
  function add(it: Node, next: number): number {
    switch (it.kind) {
      case 'empty':
        return next
      case 'set':
        return push({ kind: 'byte', set: it.set, next })
      case 'assert':
        return push({ kind: 'assert', what: it.what, next })
      case 'group':
        return add(it.node, next)
      case 'sequence':
        return it.nodes.reduceRight((after, part) => add(part, after), next)
      case 'choice':
        return it.nodes
          .map((branch) => add(branch, next))
          .reduceRight((other, first) => push({ kind: 'split', next: first, other }))
      case 'repeat':
        return repeat(it.node, it.min, it.max, next)
      case 'back':
        throw new TypeError('an automaton has no back-references')
    }
  }

  function repeat(it: Node, min: number, max: number, next: number): number {
    let first = next
    if (max === Infinity) {
      const split: Step = { kind: 'split', next: 0, other: next }
      first = push(split)
      split.next = add(it, first)
    } else {
      for (let i = min; i < max; i++) first = push({ kind: 'split', next: add(it, first), other: next })
    }
    for (let i = 0; i < min; i++) first = add(it, first)
    return first
  }

  function push(step: Step): number {
    if (steps.length >= MOST_STEPS) throw new RegexError('Regular expression too big')
    return steps.push(step) - 1
  }
}

/** The bytes that a match can begin with; undefined if it may be empty. */
export function firstBytes({ steps, start }: Program): ByteSet | undefined {
  const bytes = new Uint8Array(256)
  const seen = new Set<number>()
  const waiting = [start]
  for (let number; (number = waiting.pop()) !== undefined;) {
    if (seen.has(number)) continue
    seen.add(number)
    const step = steps[number]!
    if (step.kind === 'accept') return undefined
    if (step.kind === 'split') waiting.push(step.next, step.other)
    // That an assertion may hold is enough.
    else if (step.kind === 'assert') waiting.push(step.next)
    else for (let byte = 0; byte < 256; byte++) bytes[byte]! |= step.set[byte]!
  }
  return bytes
}
