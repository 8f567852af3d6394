import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { floatingQos } from '../qos/owner.ts';
import { desiredFloatingIp, type FloatingIpState } from './desired.ts';

export const floatingIpOwner = ownerKind<FloatingIpState>({
  kind: 'floatingip',
  query: sql`select o.id, o.revision_number, o.floating_network_id, o.floating_ip_address,
      o.fixed_port_id, o.fixed_ip_address, o.router_id, p.mac_address, ${floatingQos},
      (select status from network.ports where id = o.fixed_port_id) as fixed_port_status,
      (select distributed from network.routers where id = o.router_id) as distributed,
      case when o.fixed_port_id is not null or o.router_id is null then '[]' else
        (select coalesce(json_agg(json_build_object('protocol', f.protocol,
            'external_first', f.external_first, 'external_last', f.external_last,
            'internal_ip_address', host(f.internal_ip_address),
            'internal_first', f.internal_first, 'internal_last', f.internal_last)), '[]')
          from network.port_forwardings f where f.floatingip_id = o.id) end as port_forwardings,
      case when o.fixed_port_id is not null or o.router_id is null then '{}' else
        array(select distinct i.network_id::text from network.ports i
          where i.router_id = o.router_id and i.device_owner = 'network:router_interface')
        end as internal_networks
    from network.floatingips o join network.ports p on p.id = o.floating_port_id`,
  desired: desiredFloatingIp,
});
