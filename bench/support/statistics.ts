/** The value below which the given share (0-1) of the samples lies, interpolated between neighbours. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** `1.23 (1.10-1.40)`: the median of ratios taken pair by pair, with the least and the greatest of them. */
export function pairedRatio(
  values: readonly number[],
  floors: readonly number[],
): { readonly median: number; readonly text: string } {
  const ratios = values.map((value, index) => value / floors[index]!);
  const middle = median(ratios);
  const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
  return { median: middle, text: `${middle.toFixed(2)} (${range})` };
}
