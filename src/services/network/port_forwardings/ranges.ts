import { Invalid, type AttributeType } from '../attributes/attribute.ts';
import { shown } from '../attributes/types.ts';

/** Ports from the first to the last, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const formatRange = ({ first, last }: PortRange): string => `${first}:${last}`;

export const rangesMeet = (a: PortRange, b: PortRange): boolean =>
  a.first <= b.last && b.first <= a.last;

export const lengthOf = ({ first, last }: PortRange): number => last - first + 1;

/** `first:last`, or one port. */
export const portRange: AttributeType = {
  description: 'ports from 1 to 65535 as first:last',
  comparedAs: 'none',
  convert(value): PortRange {
    const match = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(String(value));
    if (match === null) throw new Invalid(`${shown(value)} is not a range such as 8000:8010`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    for (const port of [first, last]) {
      if (port < 1 || port > 65_535)
        throw new Invalid(`${port} is not in the range from 1 to 65535`);
    }
    if (first > last) throw new Invalid(`first port ${first} of ${shown(value)} is above the last`);
    return { first, last };
  },
};
