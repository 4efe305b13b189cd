/**
 * Compares names with versions in them, by whose numbers they are ordered: `a-1.9` comes in front of `a-1.10`
 * (filevercmp of gnulib). Endings such as `.tar.gz` count only where all else is equal.
 */
export function compareVersions(a: string, b: string): number {
  if (a === '' || b === '') return Number(a !== '') - Number(b !== '')
  const [rankA, rankB] = [dotRank(a), dotRank(b)]
  if (rankA !== rankB || rankA < 2) return rankA - rankB
  const [shortA, shortB] = [withoutEnding(a), withoutEnding(b)]
  return compareParts(shortA, shortB) || (shortA === a && shortB === b ? 0 : compareParts(a, b))
}

/** `.` and `..` come first, then hidden names, then others. */
function dotRank(name: string): number {
  return name === '.' ? 0 : name === '..' ? 1 : name.startsWith('.') ? 2 : 3
}

function withoutEnding(name: string): string {
  // At least one character is no ending.
  return name[0]! + name.slice(1).replace(/(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/, '')
}

function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0]
  const isDigit = (text: string, at: number) => at < text.length && /\d/.test(text[at]!)
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = rank(a, i) - rank(b, j)
      if (difference !== 0) return difference
      i++
      j++
    }
    const [first, second] = [/^\d*/.exec(a.slice(i))![0], /^\d*/.exec(b.slice(j))![0]]
    i += first.length
    j += second.length
    const [short, other] = [first.replace(/^0+/, ''), second.replace(/^0+/, '')]
    const difference = short.length - other.length || (short < other ? -1 : short > other ? 1 : 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** `~` comes in front of everything, the end included; then digits, letters, and all else. */
function rank(text: string, at: number): number {
  if (at >= text.length) return -1
  const byte = text[at]!
  if (/\d/.test(byte)) return 0
  if (/[A-Za-z]/.test(byte)) return byte.charCodeAt(0)
  return byte === '~' ? -2 : byte.charCodeAt(0) + 256
}
