import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredNetwork, type NetworkState } from './desired.ts';

export const networkOwner = ownerKind<NetworkState>({
  kind: 'network',
  query: sql`select o.id, o.name, o.mtu, o.revision_number, o.network_type, o.physical_network,
    o.segmentation_id, o.availability_zone_hints from network.networks o`,
  desired: desiredNetwork,
});
