/** A text of commands, which knows its lines. */
export class SourceText {
  readonly source: string
  readonly #firstLine: number

  constructor(source: string, firstLine = 1) {
    this.source = source
    this.#firstLine = firstLine
  }

  /** The number of the line that a position is in. */
  lineAt(position: number): number {
    let line = this.#firstLine
    for (let at = this.source.indexOf('\n'); at >= 0 && at < position; at = this.source.indexOf('\n', at + 1)) line++
    return line
  }

  /** A part of it as it is written. */
  of({ pos, end }: { readonly pos: number; readonly end: number }): string {
    return this.source.slice(pos, end)
  }
}
