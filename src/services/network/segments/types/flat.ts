import { conflict } from '../../../../core/errors.ts';
import type { TypeDriverMaker } from '../../drivers/type-driver.ts';
import { invalidInput } from '../../errors.ts';
import { physicalMtu } from '../../options.ts';

/** A physical network as it is, without tags; option `flat_networks`. Each is at most one network. */
export const flat: TypeDriverMaker = (options) => ({
  name: 'flat',
  physicalNetwork: 'must',
  mtu: (physicalNetwork) => physicalMtu(options, physicalNetwork),
  check({ physical_network: name }) {
    const allowed = options.flat_networks;
    if (allowed.length === 0) throw invalidInput('Flat provider networks are disabled.');
    if (allowed.includes('*') || allowed.includes(name!)) return;
    throw invalidInput(
      `physical_network '${name}' unknown for flat provider network: there are ${allowed.join(', ')}.`,
    );
  },
  async take({ physical_network: name }, numbers) {
    if (name === null || !(await numbers.take(name, null))) return undefined;
    return { physical_network: name, segmentation_id: null };
  },
  inUse: ({ physical_network: name }) =>
    conflict(
      `Unable to create the flat network. Physical network ${name} is in use.`,
      'FlatNetworkInUse',
    ),
});
