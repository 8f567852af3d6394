/** The values, of those with the same key only the first. */
export const uniqueBy = <T>(values: readonly T[], key: (value: T) => string): T[] =>
  [...new Map(values.toReversed().map((value) => [key(value), value])).values()].toReversed();
