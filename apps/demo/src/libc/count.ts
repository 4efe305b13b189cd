/**
 * A count as `head -n` takes it: digits, and `b` (512) or K, M, G, T, P (powers of 1024) behind them; undefined for a
 * text that is none.
 */
export function parseCount(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)([bkKMGTP]?)$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) return undefined
  if (unit === 'b') return Number(digits) * 512
  return Number(digits) * (unit === '' ? 1 : 1024 ** ('KMGTP'.indexOf(unit.toUpperCase()) + 1))
}
