/** A pattern that is none, in the words of regcomp(3). */
export class RegexError extends Error {}
