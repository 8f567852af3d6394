import type { DesiredRow } from '../../../ovn/desired.ts';
import { providerPortName, switchName } from '../northbound/names.ts';

/** What a network's rows are made of. */
export interface NetworkState {
  readonly id: string;
  readonly name: string;
  readonly mtu: number;
  readonly revision_number: number;
  readonly network_type: 'geneve' | 'flat' | 'vlan';
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
  readonly availability_zone_hints: readonly string[];
}

/** A network is a logical switch; one that leaves the cloud has a localnet port to the hosts' bridge. */
export function desiredNetwork(network: NetworkState): DesiredRow[] {
  const name = switchName(network.id);
  const rows: DesiredRow[] = [
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
          'neutron:provnet-network-type': network.network_type,
        },
        other_config: {
          mcast_snoop: 'false',
          mcast_flood_unregistered: 'false',
          'vlan-passthru': 'false',
        },
      },
    },
  ];
  if (network.physical_network === null) return rows;
  const port = providerPortName(network.id);
  rows.push({
    table: 'Logical_Switch_Port',
    key: port,
    columns: {
      name: port,
      type: 'localnet',
      addresses: ['unknown'],
      tag: network.network_type === 'vlan' ? [network.segmentation_id!] : [],
      options: {
        network_name: network.physical_network,
        mcast_flood: 'false',
        mcast_flood_reports: 'true',
      },
    },
    parents: [{ table: 'Logical_Switch', key: name, column: 'ports' }],
  });
  return rows;
}
