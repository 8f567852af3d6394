import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { metadataIp, subnetState } from '../subnets/owner.ts';
import { desiredRouterPort, type RouterPortState } from '../routers/desired-port.ts';
import { desiredPortQos } from '../qos/desired.ts';
import { portQos } from '../qos/owner.ts';
import { desiredPort, type PortState } from './desired.ts';
import { typeOf } from '../segments/place.ts';

const isRouterPort = (state: PortState): state is RouterPortState => state.router_id !== null;

export const portOwner = ownerKind<PortState>({
  kind: 'port',
  query: sql`select o.id, o.name, o.project_id, o.network_id, o.revision_number, o.mac_address,
      o.admin_state_up, o.device_id, o.device_owner, o.port_security_enabled, o.binding_host_id,
      o.binding_vnic_type, o.binding_profile, o.allowed_address_pairs, o.extra_dhcp_opts, o.router_id, n.mtu,
      (select coalesce(json_agg(json_build_object('subnet_id', s.id, 'ip_address', host(a.ip_address),
          'ip_version', s.ip_version, 'prefix_length', masklen(s.cidr), 'enable_dhcp', s.enable_dhcp,
          'gateway_ip', s.gateway_ip, 'metadata_ip', case when s.gateway_ip is null then ${metadataIp} end,
          'ipv6_ra_mode', s.ipv6_ra_mode, 'ipv6_address_mode', s.ipv6_address_mode) order by a.position), '[]')
        from network.ip_allocations a join network.subnets s on s.id = a.subnet_id
        where a.port_id = o.id) as addresses,
      array(select g.security_group_id from network.port_security_groups g where g.port_id = o.id
        order by g.security_group_id) as security_groups,
      (select host(f.floating_ip_address) from network.floatingips f where f.fixed_port_id = o.id
        order by f.created_at, f.id limit 1) as floating_ip,
      case when o.extra_dhcp_opts = '[]' then '[]' else
        (select coalesce(json_agg(x), '[]') from (select ${subnetState} from network.ip_allocations a
          join network.subnets s on s.id = a.subnet_id where a.port_id = o.id) x) end as subnets,
      ${typeOf('n')} as network_type, ${portQos},
      (select g.chassis from network.router_gateways g where g.port_id = o.id) as gateway_chassis,
      (select r.distributed from network.routers r where r.id = o.router_id) as distributed,
      case when o.router_id is null then '{}' else
        array(select distinct ${typeOf('m')} from network.ports i join network.networks m on m.id = i.network_id
          where i.router_id = o.router_id and i.device_owner = 'network:router_interface') end as internal_types
    from network.ports o join network.networks n on n.id = o.network_id`,
  desired: (state, { options }) => [
    ...(isRouterPort(state) ? desiredRouterPort(state) : desiredPort(state, options.dns_domain)),
    ...desiredPortQos(state),
  ],
});
