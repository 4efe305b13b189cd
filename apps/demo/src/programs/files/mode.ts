/** The permissions of a new directory under a umask. */
export type Mode = (umask: number) => number

const CLAUSE = /^([ugoa]*)((?:[-+=](?:[rwxXst]+|[ugo])?)+)$/

/** Takes apart a mode for a new directory as chmod(1) has it: octal, or `u=rwx,go-w`; undefined if it is neither. */
export function parseMode(text: string): Mode | undefined {
  if (/^[0-7]+$/.test(text)) {
    const mode = parseInt(text, 8)
    return mode <= 0o7777 ? () => mode : undefined
  }
  const clauses = text.split(',').map((clause) => CLAUSE.exec(clause))
  if (!clauses.every((it) => it !== null)) return undefined
  return (umask) => {
    let [mode, mentioned] = [0o777, 0]
    for (const [, who = '', changes = ''] of clauses) {
      const affected = who === '' ? 0o7777 & ~umask : bitsOf(who, WHO)
      for (const [, sign, bits = ''] of changes.matchAll(/([-+=])([a-zX]*)/g)) {
        const value = valueOf(bits, mode) & affected
        // Of directories, what is set at execution changes only if it is mentioned.
        const all = (who === '' ? 0o7777 : affected) & (bits.includes('s') ? 0o7777 : 0o1777)
        const cleared = sign === '+' ? 0 : sign === '-' ? value : all
        mode = sign === '-' ? mode & ~cleared : (mode & ~cleared) | value
        mentioned |= cleared | value
      }
    }
    // It is made with less, for as long as it takes to set what mkdir(2) does not, and keeps that if all mentioned is there.
    const isSpecial = ((mentioned & 0o6000) | (mode & 0o1000)) !== 0
    const made = mode & (isSpecial ? 0o1755 : 0o1777)
    return (mentioned & (mode ^ made)) === 0 ? made : mode | (made & ~mentioned)
  }
}

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }
const BITS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, X: 0o111, s: 0o6000, t: 0o1000 }
const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 }

function valueOf(letters: string, mode: number): number {
  const shift = SHIFTS[letters]
  // What one class has, for all.
  if (shift !== undefined) return ((mode >> shift) & 7) * 0o111
  return bitsOf(letters, BITS)
}

function bitsOf(letters: string, table: Readonly<Record<string, number>>): number {
  let bits = 0
  for (const letter of letters) bits |= table[letter]!
  return bits
}
