import type { Settings } from './options.js'

/** No column is narrower, and two spaces are between them. */
const NARROWEST = 3
const GAP = 2
const TAB = 8

/** Lines of several names each, in as many columns as a width has room for, like GNU's. */
export function inColumns(names: readonly string[], { layout, width }: Pick<Settings, 'layout' | 'width'>): string[] {
  if (width === Infinity) return [names.join(' '.repeat(GAP))]
  const columns = columnsFor(names.map(widthOf), layout === 'columns', width)
  const rows = Math.ceil(names.length / columns.length)
  return Array.from({ length: rows }, (_, row) => {
    let [line, at, end] = ['', 0, 0]
    for (const [column, size] of columns.entries()) {
      const name = names[layout === 'columns' ? column * rows + row : row * columns.length + column]
      if (name === undefined) break
      line += indent(at, end) + name
      at = end + widthOf(name)
      end += size
    }
    return line
  })
}

/** How wide the columns are, for as many as there can be. */
function columnsFor(widths: readonly number[], isDown: boolean, width: number): number[] {
  const most = Math.max(1, Math.min(widths.length, Math.floor(width / NARROWEST)))
  for (let count = most; count > 1; count--) {
    const rows = Math.ceil(widths.length / count)
    const sizes = new Array<number>(count).fill(NARROWEST)
    for (const [i, length] of widths.entries()) {
      const column = isDown ? Math.floor(i / rows) : i % count
      sizes[column] = Math.max(sizes[column]!, length + (column === count - 1 ? 0 : GAP))
    }
    if (sizes.reduce((sum, size) => sum + size) < width) return sizes
  }
  return [Math.max(0, ...widths)]
}

/** How many places a name takes, as what cannot be shown takes none. */
function widthOf(name: string): number {
  return name.replace(/[^\x20-\x7e]/g, '').length
}

/** From one position to another, with tabs as far as they go. */
function indent(from: number, to: number): string {
  let space = ''
  for (let at = from; at < to; ) {
    const isTab = Math.floor(to / TAB) > Math.floor((at + 1) / TAB)
    space += isTab ? '\t' : ' '
    at += isTab ? TAB - (at % TAB) : 1
  }
  return space
}
