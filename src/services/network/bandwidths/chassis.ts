import type { SouthboundMirror } from '../agents/model.ts';
import type { ChassisBandwidths } from '../resource_requests/contract.ts';
import {
  BANDWIDTH_CLASSES,
  physicalNetworkTrait,
  vnicTypeTrait,
} from '../resource_requests/names.ts';
import { bandwidthOptions } from './options.ts';

/** What hosts can bind: no hardware. */
const VNIC_TYPES = ['normal'];

/** What every chassis tells of its bridges; one without `resource_provider_bandwidths` has none. */
export function bandwidthsOf(southbound: SouthboundMirror): ChassisBandwidths[] {
  return southbound
    .table('Chassis')
    .filter(() => true)
    .map(({ name, hostname, other_config }) => ({
      chassis: name,
      hostname: hostname || name,
      ...bridgesOf(other_config),
    }))
    .toSorted((a, b) => (a.chassis < b.chassis ? -1 : 1));
}

/** Pure: the bridges of `ovn-bridge-mappings` whose bandwidth is told. */
export function bridgesOf(
  config: Readonly<Record<string, string>>,
): Pick<ChassisBandwidths, 'bridges' | 'faults'> {
  const options = bandwidthOptions(config['ovn-cms-options']);
  const mappings = (config['ovn-bridge-mappings'] ?? '')
    .split(',')
    .map((entry) => entry.trim().split(':'));
  const faults = [...options.faults];
  const bridges = [...options.bandwidths].flatMap(([bridge, rates]) => {
    const networks = mappings.filter(([, mapped]) => mapped === bridge).map(([name]) => name!);
    if (networks.length === 0) {
      faults.push(
        `resource_provider_bandwidths: bridge '${bridge}' is not in ovn-bridge-mappings, so it leads to no physical network`,
      );
      return [];
    }
    const inventories = (['egress', 'ingress'] as const)
      // As in Neutron, no rate and 0 are the same: nothing can be promised.
      .filter((direction) => rates[direction])
      .map((direction) => [
        BANDWIDTH_CLASSES[direction],
        {
          ...options.inventory,
          total: rates[direction]!,
          reserved: Math.min(options.inventory.reserved, rates[direction]!),
        },
      ]);
    return [
      {
        bridge,
        hypervisor: options.hypervisors.get(bridge) ?? options.defaultHypervisor,
        inventories: Object.fromEntries(
          inventories,
        ) as ChassisBandwidths['bridges'][0]['inventories'],
        traits: [...networks.map(physicalNetworkTrait), ...VNIC_TYPES.map(vnicTypeTrait)],
      },
    ];
  });
  return { bridges, faults };
}
