/** The version of this package, for messages about two kinds of one name. Written by `pnpm run version`. */
export const version = '1.0.0'
