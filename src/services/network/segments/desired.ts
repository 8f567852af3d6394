import type { DesiredRow } from '../../../ovn/desired.ts';
import { providerPortName, switchName } from '../northbound/names.ts';

/** What a segment's row is made of. */
export interface SegmentState {
  readonly id: string;
  readonly network_id: string;
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
}

/** A segment on a physical network is a localnet port of the network's switch, to the hosts' bridge of that name. */
export function desiredSegment(segment: SegmentState): DesiredRow[] {
  if (segment.physical_network === null) return [];
  const name = providerPortName(segment.id);
  return [
    {
      table: 'Logical_Switch_Port',
      key: name,
      columns: {
        name,
        type: 'localnet',
        addresses: ['unknown'],
        tag: segment.segmentation_id === null ? [] : [segment.segmentation_id],
        external_ids: { 'neutron:provnet-physical-network': segment.physical_network },
        options: {
          network_name: segment.physical_network,
          mcast_flood: 'false',
          mcast_flood_reports: 'true',
          localnet_learn_fdb: 'false',
        },
      },
      parents: [{ table: 'Logical_Switch', key: switchName(segment.network_id), column: 'ports' }],
    },
  ];
}
