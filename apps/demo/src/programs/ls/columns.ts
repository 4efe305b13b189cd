/** Two spaces are between columns. */
const GAP = 2

/** Lines of several names each, in as many columns as a width has room for: from top to bottom, or from left to right. */
export function inColumns(names: readonly string[], isDown: boolean, width: number): string[] {
  for (let count = Math.min(names.length, Math.floor(width / (1 + GAP)) + 1); ; count--) {
    const rows = Math.ceil(names.length / Math.max(count, 1))
    const columnOf = (i: number) => (isDown ? Math.floor(i / rows) : i % count)
    const widths: number[] = []
    for (const [i, name] of names.entries()) widths[columnOf(i)] = Math.max(widths[columnOf(i)] ?? 0, widthOf(name))
    const total = widths.reduce((sum, it) => sum + it + GAP, -GAP)
    if (count > 1 && total >= width) continue
    const lines = new Array<string>(rows).fill('')
    for (const [i, name] of names.entries()) {
      const column = columnOf(i)
      const row = isDown ? i % rows : Math.floor(i / count)
      const isLast = column === widths.length - 1 || (isDown ? i + rows : i + 1) >= names.length
      lines[row] = lines[row]! + name + (isLast ? '' : ' '.repeat(widths[column]! - widthOf(name) + GAP))
    }
    return lines
  }
}

/** How many places a name takes, as what cannot be shown takes none. */
function widthOf(name: string): number {
  return name.replace(/[^\x20-\x7e]/g, '').length
}
