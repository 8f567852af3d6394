import { conflict } from '../../../../core/errors.ts';
import type { TypeDriverMaker } from '../../drivers/type-driver.ts';

/** Networks without a place in the world outside: no physical network, no number, and any many of them. */
export const local: TypeDriverMaker = () => ({
  name: 'local',
  physicalNetwork: 'none',
  mtu: () => undefined,
  async take(_request, numbers) {
    await numbers.take(null, null);
    return { physical_network: null, segmentation_id: null };
  },
  inUse: () => conflict('Unable to create the local network.', 'InUse'),
});
