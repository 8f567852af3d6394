import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredFloatingIp, type FloatingIpState } from './desired.ts';

export const floatingIpOwner = ownerKind<FloatingIpState>({
  kind: 'floatingip',
  query: sql`select o.id, o.revision_number, o.floating_network_id, o.floating_ip_address,
      o.fixed_port_id, o.fixed_ip_address, o.router_id, p.mac_address
    from network.floatingips o join network.ports p on p.id = o.floating_port_id`,
  desired: desiredFloatingIp,
});
