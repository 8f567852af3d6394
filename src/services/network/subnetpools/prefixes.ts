import { cidrOf, cidrsOverlap, type Cidr } from '../addresses/cidr.ts';
import { bitsOf } from '../addresses/ip.ts';

const inOrder = (a: Cidr, b: Cidr): number =>
  a.first === b.first ? a.prefixLength - b.prefixLength : a.first < b.first ? -1 : 1;

const holds = (outer: Cidr, inner: Cidr): boolean =>
  outer.version === inner.version && outer.first <= inner.first && outer.last >= inner.last;

/** The same addresses in the fewest ranges, in order. All must be of one IP version. */
export function compact(ranges: readonly Cidr[]): Cidr[] {
  const result: Cidr[] = [];
  for (const range of ranges.toSorted(inOrder)) {
    let next = range;
    for (let last = result.at(-1); last !== undefined; last = result.at(-1)) {
      if (holds(last, next)) {
        next = result.pop()!;
        continue;
      }
      // Two halves of one range are that range.
      const whole = cidrOf({ version: last.version, value: last.first }, last.prefixLength - 1);
      if (last.prefixLength !== next.prefixLength || last.prefixLength === 0) break;
      if (whole.first !== last.first || whole.last !== next.last) break;
      result.pop();
      next = whole;
    }
    result.push(next);
  }
  return result;
}

/** What of these ranges is in none of `removed`. */
export function subtract(ranges: readonly Cidr[], removed: readonly Cidr[]): Cidr[] {
  return ranges.flatMap((range) => {
    const inside = removed.filter(
      (other) => other.version === range.version && cidrsOverlap(other, range),
    );
    if (inside.length === 0) return [range];
    if (inside.some((other) => holds(other, range))) return [];
    // Something within is removed: its halves, each in turn.
    const length = range.prefixLength + 1;
    const size = 1n << BigInt(bitsOf(range.version) - length);
    const half = (first: bigint) => cidrOf({ version: range.version, value: first }, length);
    return subtract([half(range.first), half(range.first + size)], inside);
  });
}

/** Whether the range is within one of these, which `compact` has made. */
export const covers = (ranges: readonly Cidr[], range: Cidr): boolean =>
  ranges.some((outer) => holds(outer, range));

/** The first range of this length within `ranges` that none of `taken` has a part of. */
export function firstFree(
  ranges: readonly Cidr[],
  taken: readonly Cidr[],
  prefixLength: number,
): Cidr | undefined {
  const used = taken.toSorted(inOrder);
  for (const range of ranges) {
    if (range.prefixLength > prefixLength) continue;
    const size = 1n << BigInt(bitsOf(range.version) - prefixLength);
    let first = range.first;
    for (const { first: start, last } of used) {
      if (last < first) continue;
      if (start >= first + size) break;
      first = ((last + size) / size) * size;
    }
    if (first + size - 1n <= range.last)
      return cidrOf({ version: range.version, value: first }, prefixLength);
  }
  return undefined;
}
