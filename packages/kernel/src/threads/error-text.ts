/** What a program threw, as text for another thread; undefined for nothing. */
export function errorText(error: unknown): string | undefined {
  if (error === undefined) return undefined
  if (error instanceof Error) return error.stack ?? error.message
  return typeof error === 'string' ? error : JSON.stringify(error)
}
