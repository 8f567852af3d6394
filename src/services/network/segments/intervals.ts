/** Numbers from `minimum` to `maximum`, both included. */
export interface Interval {
  readonly minimum: number;
  readonly maximum: number;
}

const inOrder = (a: Interval, b: Interval): number => a.minimum - b.minimum;

/** The same numbers in the fewest intervals, in order. */
export function union(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const { minimum, maximum } of intervals.toSorted(inOrder)) {
    const last = result.at(-1);
    if (last === undefined || minimum > last.maximum + 1) result.push({ minimum, maximum });
    else if (maximum > last.maximum) result.splice(-1, 1, { minimum: last.minimum, maximum });
  }
  return result;
}

/** The numbers of the first that are none of the second's. */
export function without(intervals: readonly Interval[], taken: readonly Interval[]): Interval[] {
  const holes = union(taken);
  return union(intervals).flatMap(({ minimum, maximum }) => {
    const rest: Interval[] = [];
    let from = minimum;
    for (const hole of holes) {
      if (hole.maximum < from || hole.minimum > maximum) continue;
      if (hole.minimum > from) rest.push({ minimum: from, maximum: hole.minimum - 1 });
      from = hole.maximum + 1;
    }
    if (from <= maximum) rest.push({ minimum: from, maximum });
    return rest;
  });
}

const sizeOf = ({ minimum, maximum }: Interval): number => maximum - minimum + 1;

/** The same numbers in another order: from the one at this position round to the one before it. */
export function rotated(intervals: readonly Interval[], position: number): Interval[] {
  const size = intervals.reduce((sum, interval) => sum + sizeOf(interval), 0);
  if (size === 0) return [];
  let offset = position % size;
  for (const [index, { minimum, maximum }] of intervals.entries()) {
    const count = maximum - minimum + 1;
    if (offset >= count) {
      offset -= count;
      continue;
    }
    const head = { minimum: minimum + offset, maximum };
    const tail = offset === 0 ? [] : [{ minimum, maximum: minimum + offset - 1 }];
    return [head, ...intervals.slice(index + 1), ...intervals.slice(0, index), ...tail];
  }
  return [...intervals];
}
