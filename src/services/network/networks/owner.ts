import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredNetwork, type NetworkState } from './desired.ts';

export const networkOwner = ownerKind<NetworkState>({
  kind: 'network',
  query: sql`select o.id, o.name, o.mtu, o.revision_number, o.availability_zone_hints, o.vlan_transparent,
    (select coalesce(json_agg(json_build_object('network_type', g.network_type,
        'physical_network', g.physical_network) order by g.segment_index), '[]')
      from network.segments g where g.network_id = o.id) as segments
    from network.networks o`,
  desired: desiredNetwork,
});
