import { conflict } from '../../../../core/errors.ts';
import type { NumberRange, TypeDriver } from '../../drivers/type-driver.ts';

/** What tells one kind of tunnel network from another. */
export interface TunnelType {
  /** `geneve`, `vxlan`, … */
  readonly name: string;
  /** The largest number of a network. */
  readonly maximum: number;
  readonly ranges: readonly NumberRange[];
  /** Largest packet inside the tunnel in bytes. */
  readonly mtu: number;
}

/** Networks that are tunnels between hosts: no physical network, a number each. */
export const tunnelType = ({ name, maximum, ranges, mtu }: TunnelType): TypeDriver => ({
  name,
  physicalNetwork: 'none',
  numbers: { minimum: 1, maximum },
  ranges,
  mtu: () => mtu,
  async take({ segmentation_id: wanted }, numbers) {
    if (wanted === null) {
      const free = await numbers.takeFree(null);
      return free === undefined ? undefined : { physical_network: null, segmentation_id: free };
    }
    if (!(await numbers.take(null, wanted))) return undefined;
    return { physical_network: null, segmentation_id: wanted };
  },
  inUse: ({ segmentation_id: number }) =>
    conflict(
      `Unable to create the network. The tunnel ID ${number} is in use: choose another, or send none.`,
      'TunnelIdInUse',
    ),
});
