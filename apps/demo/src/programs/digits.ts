/** Digits as options: of numbers that have an option's place, as in `-5`. */
export const DIGITS = { 0: '0', 1: '1', 2: '2', 3: '3', 4: '4', 5: '5', 6: '6', 7: '7', 8: '8', 9: '9' } as const
