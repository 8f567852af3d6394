import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredSubnet, type SubnetState } from './desired.ts';

/** Address of the metadata port in subnet `s` of its network. */
export const metadataIp = sql`(select host(ma.ip_address) from network.ip_allocations ma
  join network.ports mp on mp.id = ma.port_id
  where ma.subnet_id = s.id and mp.device_owner = 'network:distributed' limit 1)`;

/** A `SubnetState` of subnet `s` in network `n`. */
export const subnetState = sql`s.id, s.revision_number, s.ip_version, s.cidr, s.gateway_ip, s.enable_dhcp,
  s.dns_nameservers, s.host_routes, s.ipv6_address_mode, n.mtu, ${metadataIp} as metadata_ip`;

export const subnetOwner = ownerKind<SubnetState>({
  kind: 'subnet',
  query: sql`select o.* from (select ${subnetState} from network.subnets s
    join network.networks n on n.id = s.network_id) o`,
  desired: (subnet, { options }) => desiredSubnet(subnet, options.dns_domain),
});
