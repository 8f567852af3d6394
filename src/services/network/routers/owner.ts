import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredRouter, type RouterState } from './desired.ts';

/**
 * Subnet `s` of router `o` is in the address scope of a gateway's IPv4 subnet: its addresses are known outside, so
 * they are left as they are.
 */
const inScopeOutside = sql`exists (select 1 from network.subnetpools own
  join network.subnetpools pool on pool.address_scope_id = own.address_scope_id
  join network.subnets outside on outside.subnetpool_id = pool.id and outside.ip_version = 4
  join network.ip_allocations ga on ga.subnet_id = outside.id
  join network.router_gateways g on g.port_id = ga.port_id
  where own.id = s.subnetpool_id and g.router_id = o.id)`;

export const routerOwner = ownerKind<RouterState>({
  kind: 'router',
  query: sql`select o.id, o.name, o.admin_state_up, o.enable_snat, o.revision_number, o.routes,
      o.availability_zone_hints, o.enable_default_route_ecmp, o.enable_default_route_bfd,
      (select coalesce(json_agg(json_build_object('port_id', p.id, 'network_id', p.network_id, 'addresses',
          (select coalesce(json_agg(json_build_object('ip_address', host(a.ip_address), 'subnet_id', s.id,
              'gateway_ip', s.gateway_ip) order by a.position), '[]')
            from network.ip_allocations a join network.subnets s on s.id = a.subnet_id where a.port_id = p.id))
          order by g.position, g.port_id), '[]')
        from network.router_gateways g join network.ports p on p.id = g.port_id
        where g.router_id = o.id) as gateways,
      array(select s.cidr::text from network.ports p join network.ip_allocations a on a.port_id = p.id
        join network.subnets s on s.id = a.subnet_id
        where p.router_id = o.id and p.device_owner = 'network:router_interface'
          and not ${inScopeOutside}
        order by p.created_at, p.id, a.position) as internal_cidrs
    from network.routers o`,
  desired: desiredRouter,
});
