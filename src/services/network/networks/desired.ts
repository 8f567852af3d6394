import type { DesiredRow } from '../../../ovn/desired.ts';
import { switchName } from '../northbound/names.ts';

/** What a network's switch is made of. */
export interface NetworkState {
  readonly id: string;
  readonly name: string;
  readonly mtu: number;
  readonly revision_number: number;
  readonly availability_zone_hints: readonly string[];
  readonly vlan_transparent: boolean | null;
  /** In their order; those that leave the cloud have rows of their own. */
  readonly segments: readonly {
    readonly network_type: string;
    readonly physical_network: string | null;
  }[];
}

/** A network is a logical switch. */
export function desiredNetwork(network: NetworkState): DesiredRow[] {
  const name = switchName(network.id);
  // As ML2/OVN: a network of several segments, or of none, names no type.
  const [only, ...others] = network.segments;
  const single = others.length === 0 ? only : undefined;
  return [
    {
      table: 'Logical_Switch',
      key: name,
      columns: {
        name,
        external_ids: {
          'neutron:network_name': network.name,
          'neutron:mtu': String(network.mtu),
          'neutron:revision_number': String(network.revision_number),
          'neutron:availability_zone_hints': network.availability_zone_hints.join(','),
          ...(single && { 'neutron:provnet-network-type': single.network_type }),
          ...(single?.physical_network && {
            'neutron:provnet-physical-network': single.physical_network,
          }),
        },
        other_config: {
          mcast_snoop: 'false',
          mcast_flood_unregistered: 'false',
          'vlan-passthru': String(network.vlan_transparent ?? false),
        },
      },
    },
  ];
}
