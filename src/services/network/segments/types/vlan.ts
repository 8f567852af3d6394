import { conflict } from '../../../../core/errors.ts';
import type { Place, TypeDriverMaker } from '../../drivers/type-driver.ts';
import { invalidInput } from '../../errors.ts';
import { physicalMtu } from '../../options.ts';
import { readVlanRanges } from './ranges.ts';

/** VLAN ids have 12 bits, of which the first and the last mean something else (IEEE 802.1Q). */
const MAXIMUM = 4094;

/** VLANs of physical networks; option `network_vlan_ranges`. */
export const vlan: TypeDriverMaker = (options) => {
  const { names, ranges } = readVlanRanges(
    'network_vlan_ranges',
    options.network_vlan_ranges,
    MAXIMUM,
  );
  return {
    name: 'vlan',
    physicalNetwork: 'may',
    numbers: { minimum: 1, maximum: MAXIMUM },
    ranges,
    mtu: (physicalNetwork) => physicalMtu(options, physicalNetwork),
    check({ physical_network: name, segmentation_id: number }, known) {
      if (name === null) {
        if (number === null) return;
        throw invalidInput('segmentation_id requires physical_network for VLAN provider network.');
      }
      if (names.includes(name) || known.includes(name)) return;
      const all = [...new Set([...names, ...known])].join(', ') || 'none';
      throw invalidInput(
        `physical_network '${name}' unknown for VLAN provider network: there are ${all}.`,
      );
    },
    async take({ physical_network: wanted, segmentation_id: number }, numbers) {
      if (wanted !== null && number !== null) {
        const taken = await numbers.take(wanted, number);
        return taken ? { physical_network: wanted, segmentation_id: number } : undefined;
      }
      for (const name of wanted === null ? await numbers.physicalNetworks() : [wanted]) {
        const free = await numbers.takeFree(name);
        if (free !== undefined) {
          return { physical_network: name, segmentation_id: free } satisfies Place;
        }
      }
      return undefined;
    },
    inUse: ({ physical_network: name, segmentation_id: number }) =>
      conflict(
        `Unable to create the network. The VLAN ${number} on physical network ${name} is in use: choose another, or send none.`,
        'VlanIdInUse',
      ),
  };
};
