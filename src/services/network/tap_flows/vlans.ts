import { Invalid, type AttributeType } from '../attributes/attribute.ts';
import { shown, text } from '../attributes/types.ts';

const LAST_VLAN = 4095;
const RANGES = /^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$/;

/** The numbers that `9,18,27-36` names, in order and each once. Fails with `Invalid`. */
export function vlansOf(filter: string): number[] {
  if (!RANGES.test(filter))
    throw new Invalid(`${shown(filter)} is no list of VLAN numbers and ranges such as 9,18,27-36`);
  const vlans = new Set<number>();
  for (const range of filter.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    if (first > last || last > LAST_VLAN)
      throw new Invalid(`${shown(range)} is no range of VLAN numbers from 0 to ${LAST_VLAN}`);
    for (let vlan = first; vlan <= last; vlan++) vlans.add(vlan);
  }
  return [...vlans].toSorted((one, other) => one - other);
}

const filterText = text(1024);

/** neutron-lib's `vlan_filter`: kept as it was written. */
export const vlanFilter: AttributeType = {
  ...filterText,
  description: 'VLAN numbers and ranges, such as 9,18,27-36',
  convert(value) {
    const filter = filterText.convert(value) as string;
    vlansOf(filter);
    return filter;
  },
};
